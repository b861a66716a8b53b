#include "engine/container_name.h"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace berth::engine {

namespace {

constexpr std::array<std::string_view, 48> kAdjectives = {
    "amber",  "brave",   "breezy", "bright", "brisk",  "calm",  "clever", "coastal", "copper", "crisp",
    "dapper", "daring",  "deep",   "eager",  "early",  "fair",  "fleet",  "frosty",  "gentle", "golden",
    "hardy",  "hearty",  "jolly",  "keen",   "lively", "lucky", "mellow", "merry",   "misty",  "nimble",
    "noble",  "patient", "placid", "polite", "proud",  "quiet", "rapid",  "ready",   "salty",  "silent",
    "silver", "steady",  "sturdy", "sunny",  "swift",  "tidal", "trusty", "windward"};
constexpr std::array<std::string_view, 48> kNouns = {
    "anchor",  "barge",     "beacon",  "bollard", "bosun",    "bridge",     "buoy",    "cabin",
    "captain", "clipper",   "compass", "cutter",  "deckhand", "dinghy",     "dock",    "ferry",
    "frigate", "galleon",   "gangway", "halyard", "harbour",  "helm",       "hull",    "islet",
    "jetty",   "keel",      "ketch",   "lagoon",  "lantern",  "lighthouse", "lock",    "mast",
    "mooring", "navigator", "pier",    "pilot",   "quay",     "reef",       "rigging", "rudder",
    "sailor",  "schooner",  "sextant", "skiff",   "sloop",    "tide",       "trawler", "wharf"};

template <std::size_t Size>
Result<std::array<unsigned char, Size>> random_bytes() {
  std::array<unsigned char, Size> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(Size))
    return Error::sys("getrandom");
  return bytes;
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

Result<std::string> random_id() {
  TRY_ASSIGN(const auto bytes, random_bytes<32>());
  return to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<std::string> random_name() {
  TRY_ASSIGN(const auto bytes, random_bytes<2>());
  return concat(kAdjectives.at(bytes[0] % kAdjectives.size()), '_', kNouns.at(bytes[1] % kNouns.size()));
}

Result<void> check_name(std::string_view name) {
  const bool good =
      !name.empty() && is_alphanumeric(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
        return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
      });
  if (good) return {};
  return Error::message(concat("the container name \"", name, "\" must match [a-zA-Z0-9][a-zA-Z0-9_.-]*"),
                        EINVAL);
}

}  // namespace berth::engine
