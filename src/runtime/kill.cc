#include "runtime/kill.h"

#include <sched.h>

#include <array>
#include <csignal>

#include "base/text.h"
#include "cgroup/cgroup.h"
#include "runtime/process_identity.h"
#include "runtime/state_dir.h"

namespace berth::runtime {

namespace {

struct SignalName {
  std::string_view name;
  int number;
};
constexpr std::array<SignalName, 36> kSignals = {{
    {"HUP", SIGHUP},   {"INT", SIGINT},       {"QUIT", SIGQUIT},     {"ILL", SIGILL},   {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT}, {"IOT", SIGABRT},      {"BUS", SIGBUS},       {"FPE", SIGFPE},   {"KILL", SIGKILL},
    {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},     {"USR2", SIGUSR2},     {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},
    {"TERM", SIGTERM}, {"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD},     {"CLD", SIGCHLD},  {"CONT", SIGCONT},
    {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},     {"TTIN", SIGTTIN},     {"TTOU", SIGTTOU}, {"URG", SIGURG},
    {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},     {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH},
    {"IO", SIGIO},     {"POLL", SIGPOLL},     {"PWR", SIGPWR},       {"SYS", SIGSYS},   {"RTMIN", 34},
    {"RTMAX", 64},
}};
constexpr int kLastSignal = 64;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::optional<int> by_name(std::string_view name) {
  for (const SignalName& known : kSignals) {
    if (known.name == name) return known.number;
  }
  return std::nullopt;
}

Result<void> signal_cgroup(const contract::ContainerRecord& record, int signal) {
  TRY_ASSIGN(const auto group, cgroup::Cgroup::open(record.cgroup));
  return signal == SIGKILL ? group.kill() : group.signal(signal);
}

}  // namespace

std::optional<int> parse_signal(std::string_view text) {
  if (const auto number = parse_number<int>(text)) {
    if (*number < 0 || *number > kLastSignal) return std::nullopt;
    return number;
  }
  std::string name = upper(text);
  if (name.starts_with("SIG")) name.erase(0, 3);
  const auto at = name.find_first_of("+-");
  if (at == std::string::npos) return by_name(name);
  const auto base = by_name(std::string_view(name).substr(0, at));
  const auto offset = parse_number<int>(std::string_view(name).substr(at + 1));
  if (!base || !offset || (*base != by_name("RTMIN") && *base != by_name("RTMAX"))) return std::nullopt;
  const int number = name[at] == '+' ? *base + *offset : *base - *offset;
  if (number < *by_name("RTMIN") || number > kLastSignal) return std::nullopt;
  return number;
}

Result<void> kill(const std::string& root, const std::string& id, int signal, bool all) {
  TRY_ASSIGN(const auto record, read_record(root, id));
  const bool own_pids = (record.namespaces & CLONE_NEWPID) != 0;
  // Without a pid namespace of its own, what init has forked does not die with it.
  if (!record.cgroup.empty() && (all || (signal == SIGKILL && !own_pids))) {
    auto sent = signal_cgroup(record, signal);
    // systemd lets an empty scope go by itself: there is nobody left, and with --all that is what was wanted.
    const bool gone = !sent && (sent.error().is(ENOENT) || sent.error().is(ENODEV));
    if (!gone) return sent;
    if (all) return {};
  }
  const auto process = open_init(record);
  if (!process) return Error::invalid(concat("container ", id), "container not running", ESRCH);
  return process->send_signal(signal);
}

}  // namespace berth::runtime
