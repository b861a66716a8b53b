#include "monitor/payload.h"

#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "sys/file.h"

namespace berth::monitor {

Result<Payload> Payload::from_pid_file(const std::string& path) {
  TRY_ASSIGN(const auto text, sys::read_file(path, 64));
  const auto pid = parse_number<pid_t>(trim(text));
  if (!pid || *pid <= 0) return Error::invalid(path, concat("expected a pid, found \"", text, '"'));
  TRY_ASSIGN(auto process, sys::PidFd::open(*pid));
  return Payload(std::move(process));
}

void Payload::kill_group() const {
  const pid_t group = ::getpgid(pid());
  // 1 would be everything that we may signal.
  if (group > 1 && group != ::getpgrp()) ::kill(-group, SIGKILL);
  ignore(process_.send_signal(SIGKILL));
}

Result<sys::ExitStatus> Payload::status() const {
  TRY_ASSIGN(const auto status, process_.reap(true));
  return *status;
}

}  // namespace berth::monitor
