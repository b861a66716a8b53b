// Values of unit properties as D-Bus types, and their text in annotations (org.systemd.property.NAME=TEXT).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace berth::systemd {

// In D-Bus's letters: b, i, u, x, t, s, as, au, ay.
using PropertyValue =
    std::variant<bool, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t, std::string,
                 std::vector<std::string>, std::vector<std::uint32_t>, std::vector<std::uint8_t>>;

struct UnitProperty {
  std::string name;
  PropertyValue value;
  friend bool operator==(const UnitProperty&, const UnitProperty&) = default;
};

// GVariant's text format as far as unit properties need it: true, 5, uint64 5, 'text', ['a', 'b'].
// A name that ends in "Sec" is given in seconds: it becomes "…USec" in microseconds, as runc and crun have it.
[[nodiscard]] Result<UnitProperty> parse_property(std::string_view name, std::string_view text);

}  // namespace berth::systemd
