// Whatever parses is valid: written out and read again it is the same document.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using berth::json::Document;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = Document::parse(text, "input");
  if (!first) {
    if (first.error().to_string().empty()) std::abort();
    return 0;
  }
  const std::string once = first->root().to_text();
  const auto second = Document::parse(once, "output");
  if (!second || second->root().to_text() != once) std::abort();
  return 0;
}
