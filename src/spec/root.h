// config.md "root".
#pragma once

#include <string>

#include "json/value.h"
#include "json/writer.h"

namespace berth::spec {

struct Root {
  std::string path = {};  // absolute, or relative to the bundle
  bool readonly = false;
  friend bool operator==(const Root&, const Root&) = default;
};
Result<void> decode(const json::Value& value, Root& out);
void encode(json::Writer& out, const Root& root);

}  // namespace berth::spec
