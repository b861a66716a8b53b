// A small part of Go's templates, for --format: text with {{.Field}}, {{.Field.Field}} and {{json .}} over a JSON
// document. "\t" and "\n" are what they stand for.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "json/value.h"

namespace berth::engine {

// EINVAL names the field that the document does not have, or the construct that is not supported.
[[nodiscard]] Result<std::string> render_template(std::string_view format, const json::Value& document);

}  // namespace berth::engine
