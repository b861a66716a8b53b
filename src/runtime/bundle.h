// An OCI bundle: a directory with config.json, and the root filesystem that it names. bundle.md.
#pragma once

#include <string>

#include "base/result.h"
#include "spec/config.h"

namespace berth::runtime {

struct Bundle {
  std::string path;    // absolute
  std::string rootfs;  // absolute, a directory
  std::string text;    // config.json as it is
  spec::Config config;

  // ENOENT when the bundle, its config.json or its root filesystem is missing; all else that create needs of a
  // configuration (a process, a mount namespace) is checked too.
  static Result<Bundle> load(const std::string& directory);
};

}  // namespace berth::runtime
