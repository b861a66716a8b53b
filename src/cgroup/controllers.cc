#include "cgroup/controllers.h"

#include <array>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "sys/file.h"

namespace berth::cgroup {

namespace {

constexpr std::array<std::pair<Controller, std::string_view>, 8> kNames = {{
    {Controller::cpu, "cpu"},
    {Controller::cpuset, "cpuset"},
    {Controller::io, "io"},
    {Controller::memory, "memory"},
    {Controller::pids, "pids"},
    {Controller::hugetlb, "hugetlb"},
    {Controller::rdma, "rdma"},
    {Controller::misc, "misc"},
}};

std::optional<Controller> by_name(std::string_view name) noexcept {
  for (const auto& [controller, known] : kNames) {
    if (known == name) return controller;
  }
  return std::nullopt;
}

// One write for all; when the kernel refuses (one of them may be bound elsewhere, or be forbidden) one by
// one, so that the others come through.
void write_subtree_control(FdRef directory, const std::string& path, ControllerSet wanted) {
  const auto all = sys::write_existing_at(directory, "cgroup.subtree_control", wanted.enabling());
  if (all) return;
  for (const auto& entry : kNames) {
    if (!wanted.has(entry.first)) continue;
    const auto one = sys::write_existing_at(directory, "cgroup.subtree_control", concat('+', entry.second));
    if (!one) log::debug("enable controller ", entry.second, " below ", path, ": ", one.error().to_string());
  }
}

// Gives the children of `path` what they miss, its own ancestors first.
Result<ControllerSet> enable_below(const std::string& path, const std::string& mount_point,
                                   ControllerSet missing) {
  TRY_ASSIGN(const auto directory, sys::open(path, O_PATH | O_DIRECTORY));
  const bool is_root = path.size() <= mount_point.size();
  ControllerSet has;
  if (is_root) {
    TRY_ASSIGN(has, available(directory, path));
  } else {
    TRY_ASSIGN(has, enable(directory, path, mount_point, missing));
  }
  const ControllerSet usable = missing.common(has);
  if (!usable.empty()) write_subtree_control(directory, path, usable);
  return usable;
}

}  // namespace

std::string_view name_of(Controller controller) noexcept {
  for (const auto& [known, name] : kNames) {
    if (known == controller) return name;
  }
  return {};
}

std::optional<Controller> controller_of(std::string_view file) noexcept {
  return by_name(file.substr(0, file.find('.')));
}

ControllerSet ControllerSet::parse(std::string_view text) {
  ControllerSet set;
  for (const std::string_view word : split(trim(text), ' ')) {
    if (const auto controller = by_name(word)) set.add(*controller);
  }
  return set;
}

std::string ControllerSet::names() const {
  return listed("", ", ");
}

std::string ControllerSet::enabling() const {
  return listed("+", " +");
}

std::string ControllerSet::listed(std::string_view first, std::string_view next) const {
  std::string out;
  for (const auto& [controller, name] : kNames) {
    if (has(controller)) append(out, out.empty() ? first : next, name);
  }
  return out;
}

Result<ControllerSet> available(FdRef directory, std::string_view path) {
  TRY_ASSIGN(const auto file, sys::open_at(directory, "cgroup.controllers", O_RDONLY).context("in", path));
  TRY_ASSIGN(const std::string text, sys::read_all(file, path));
  return ControllerSet::parse(text);
}

// Recursive through enable_below: as deep as the path is long.
Result<ControllerSet> enable(FdRef directory, const std::string& path, const std::string& mount_point,
                             ControllerSet wanted) {
  TRY_ASSIGN(const ControllerSet has, available(directory, path));
  const ControllerSet missing = wanted.without(has);
  if (missing.empty()) return has;
  TRY_ASSIGN(const ControllerSet given, enable_below(path.substr(0, path.rfind('/')), mount_point, missing));
  if (given.empty()) return has;
  return available(directory, path);
}

}  // namespace berth::cgroup
