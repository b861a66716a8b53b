// The flags that checkpoint and restore share.
#pragma once

#include <string>

#include "berth-runtime/commands.h"
#include "contract/criu_rpc.h"

namespace berth::runtime_cli {

struct CriuFlags {
  void add_to(flags::Parser& parser);

  std::string image_path;
  std::string work_path;
  contract::CriuOptions options;
};

}  // namespace berth::runtime_cli
