#include "systemd/transient_scope.h"

#include "base/text.h"

namespace berth::systemd {

namespace {

constexpr std::string_view kManagerPath = "/org/freedesktop/systemd1";
constexpr std::string_view kManager = "org.freedesktop.systemd1.Manager";

std::vector<UnitProperty> properties_of(const ScopeRequest& request) {
  std::vector<UnitProperty> out = {
      {"Description", request.description},
      {"PIDs", std::vector<std::uint32_t>{static_cast<std::uint32_t>(request.pid)}},
      {"Delegate", true},  // the cgroup below it is ours
      {"DefaultDependencies", false},
      {"CollectMode", std::string("inactive-or-failed")},  // leaves nothing behind when it ends badly
  };
  if (!request.slice.empty()) out.push_back({"Slice", request.slice});
  // The later one of two wins: what the user asked for.
  out.insert(out.end(), request.properties.begin(), request.properties.end());
  return out;
}

Result<std::string> start(ManagerBus& bus, const ScopeRequest& request) {
  BusWriter body;
  body.string(request.unit);
  body.string("fail");
  body.properties(properties_of(request));
  body.end_array(body.begin_array(8));  // no auxiliary units
  TRY_ASSIGN(const auto reply, bus.call({.path = kManagerPath,
                                         .interface = kManager,
                                         .member = "StartTransientUnit",
                                         .signature = "ssa(sv)a(sa(sv))",
                                         .body = body.data()}));
  const auto texts = reply.strings();
  if (texts.empty()) return Error::message("systemd gave no job", EBADMSG);
  return texts.front();
}

Result<void> reset_failed(ManagerBus& bus, const std::string& unit) {
  BusWriter body;
  body.string(unit);
  TRY(bus.call({.path = kManagerPath,
                .interface = kManager,
                .member = "ResetFailedUnit",
                .signature = "s",
                .body = body.data()}));
  return {};
}

}  // namespace

Result<void> start_scope(ManagerBus& bus, const ScopeRequest& request) {
  auto job = start(bus, request);
  if (!job && job.error().is(EEXIST)) {
    ignore(reset_failed(bus, request.unit));
    job = start(bus, request);
  }
  if (!job) return std::move(job).context("start scope", request.unit).error();
  return bus.wait_for_job(*job).context("start scope", request.unit);
}

Result<void> set_properties(ManagerBus& bus, const std::string& unit,
                            const std::vector<UnitProperty>& properties) {
  BusWriter body;
  body.string(unit);
  body.boolean(true);  // for as long as the unit runs
  body.properties(properties);
  auto reply = bus.call({.path = kManagerPath,
                         .interface = kManager,
                         .member = "SetUnitProperties",
                         .signature = "sba(sv)",
                         .body = body.data()});
  if (!reply) return std::move(reply).context("set properties of", unit).error();
  return {};
}

}  // namespace berth::systemd
