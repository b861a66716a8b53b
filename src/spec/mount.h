// config.md "mounts". What the options mean is src/runtime's business.
#pragma once

#include <string>
#include <vector>

#include "spec/id_mapping.h"

namespace berth::spec {

struct Mount {
  std::string destination = {};
  std::string type = {};
  std::string source = {};
  std::vector<std::string> options = {};
  std::vector<IdMapping> uid_mappings = {};
  std::vector<IdMapping> gid_mappings = {};
  friend bool operator==(const Mount&, const Mount&) = default;
};
Result<void> decode(const json::Value& value, Mount& out);
void encode(json::Writer& out, const Mount& mount);

}  // namespace berth::spec
