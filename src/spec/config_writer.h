// A Config as the text of a config.json: indented with tabs as runc's, members in runc's order, what is unset
// left out. parse_config(to_json(c)) gives c again.
#pragma once

#include <string>

#include "spec/config.h"

namespace berth::spec {

void encode(json::Writer& out, const Config& config);
[[nodiscard]] std::string to_json(const Config& config);
[[nodiscard]] std::string to_json(const Process& process);

}  // namespace berth::spec
