// The proxy alone, for black-box tests and measurements: notify_proxy SOCKET [--mode M] [--allow LIST] [--init PID].
// The host is $NOTIFY_SOCKET. Prints "bound" when it listens; at SIGTERM it finishes and prints what it has counted.
#include "systemd/notify_proxy.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "common/flags.h"
#include "sys/file.h"

using namespace berth;

namespace {

void say(std::string_view line) {
  ignore(sys::write_all(FdRef(STDOUT_FILENO), concat(line, '\n')));
}

void print_state(const systemd::NotifyState& state) {
  say(concat("received ", state.received));
  say(concat("forwarded ", state.forwarded));
  say(concat("withheld ", state.withheld));
  say(concat("stored ", state.stored.total()));
  say(concat("status ", state.status));
  for (std::size_t i = 1; i < systemd::kNotifyDrops; ++i) {
    const auto drop = static_cast<systemd::NotifyDrop>(i);
    if (state.dropped(drop) > 0) say(concat("dropped ", state.dropped(drop), ": ", systemd::describe(drop)));
  }
}

Result<void> read_flags(const flags::Arguments& args, systemd::NotifyProxy::Options& options, pid_t& init) {
  std::string mode = "container";
  std::string allow;
  flags::Parser parser("notify_proxy", "SOCKET");
  parser.value("mode", 0, "M", "", mode)
      .value("allow", 0, "LIST", "", allow)
      .number("init", 0, "PID", "", init);
  parser.interspersed();
  TRY_ASSIGN(const flags::Operands operands, parser.parse(args));
  if (operands.values.size() != 1) return parser.error("expected a socket path");
  options.socket_path = operands.values.front();
  TRY_ASSIGN(options.policy.mode, systemd::parse_notify_mode(mode));
  TRY_ASSIGN(options.policy.allow, systemd::parse_notify_allow(allow));
  const char* host = ::getenv("NOTIFY_SOCKET");
  if (host == nullptr) return {};
  TRY_ASSIGN(options.host, systemd::NotifyAddress::parse(host));
  return {};
}

Result<void> run(const flags::Arguments& args) {
  systemd::NotifyProxy::Options options;
  pid_t init = 0;
  TRY(read_flags(args, options, init));
  TRY_ASSIGN(auto loop, sys::EventLoop::make());
  TRY_ASSIGN(auto end, loop->on_signals({SIGTERM}, [&](const signalfd_siginfo&) { loop->stop(); }));
  TRY_ASSIGN(auto proxy, systemd::NotifyProxy::start(*loop, std::move(options), {}));
  if (init > 0) {
    TRY_ASSIGN(const ino_t inside, systemd::namespace_inode(init, "pid"));
    proxy->set_container(init, [inside](pid_t pid) { return systemd::in_pid_namespace(pid, inside); });
  }
  say("bound");
  TRY(loop->run());
  say(proxy->finish(std::chrono::milliseconds(500)) ? "finished" : "finished too late");
  print_state(proxy->state());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto result = run(flags::Arguments(argv + 1, argv + argc));
  if (result) return 0;
  say(result.error().to_string());
  return 1;
}
