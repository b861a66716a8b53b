#include "engine/container.h"

#include <array>
#include <utility>

namespace berth::engine {

namespace {

struct PhaseNames {
  Phase phase;
  std::string_view name;
  std::string_view word;
};
constexpr std::array<PhaseNames, 7> kPhases = {{
    {Phase::configured, "configured", "created"},
    {Phase::creating, "creating", "created"},
    {Phase::created, "created", "initialized"},
    {Phase::running, "running", "running"},
    {Phase::stopping, "stopping", "stopping"},
    {Phase::exited, "exited", "exited"},
    {Phase::removing, "removing", "removing"},
}};

}  // namespace

std::string_view status_word(Phase phase) {
  return kPhases.at(static_cast<std::size_t>(phase)).word;
}

std::string_view phase_name(Phase phase) {
  return kPhases.at(static_cast<std::size_t>(phase)).name;
}

std::optional<Phase> parse_phase(std::string_view name) {
  for (const PhaseNames& entry : kPhases) {
    if (entry.name == name) return entry.phase;
  }
  return std::nullopt;
}

std::vector<std::string> ContainerConfig::arguments() const {
  std::vector<std::string> all = entrypoint;
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

}  // namespace berth::engine
