#include "monitor/caller_pipes.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/log.h"
#include "contract/monitor_command.h"
#include "sys/file.h"

namespace berth::monitor {

namespace {

Result<UniqueFd> take_pipe(std::string_view variable) {
  const std::string name(variable);
  const char* text = ::getenv(name.c_str());
  if (text == nullptr) return UniqueFd();
  const auto number = parse_number<int>(text);
  if (!number || *number < 3)
    return Error::invalid(name, concat("expected a descriptor from 3 up, found \"", text, '"'));
  if (::fcntl(*number, F_SETFD, FD_CLOEXEC) < 0)
    return Error::sys("fcntl(F_SETFD)", concat(name, '=', *number));
  // Neither the runtime nor the exit command has a use for it.
  ::unsetenv(name.c_str());
  return UniqueFd(*number);
}

bool crosses_exec(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

Result<std::vector<UniqueFd>> take_inherited() {
  std::vector<UniqueFd> inherited;
  TRY_ASSIGN(const auto names, sys::list_directory("/proc/self/fd"));
  for (const std::string& name : names) {
    const auto fd = parse_number<int>(name);
    if (!fd || *fd < 3 || !crosses_exec(*fd)) continue;
    ::fcntl(*fd, F_SETFD, FD_CLOEXEC);
    inherited.emplace_back(*fd);
  }
  return inherited;
}

}  // namespace

Result<CallerPipes> CallerPipes::take() {
  CallerPipes pipes;
  TRY_ASSIGN(pipes.start, take_pipe(contract::kStartPipeVariable));
  TRY_ASSIGN(pipes.sync, take_pipe(contract::kSyncPipeVariable));
  TRY_ASSIGN(pipes.attach, take_pipe(contract::kAttachPipeVariable));
  TRY_ASSIGN(pipes.inherited, take_inherited());
  return pipes;
}

Result<void> wait_for_start(FdRef start) {
  if (!start.valid()) return {};
  std::array<char, 512> buffer;
  TRY(sys::read_some(start, buffer.data(), buffer.size()).context("read", "start pipe"));
  return {};
}

void tell(UniqueFd& pipe, const contract::SyncMessage& message, std::string_view key) {
  if (!pipe) return;
  const auto written = sys::write_all(pipe, contract::to_line(message, key), "sync pipe");
  if (written) return;
  if (!written.error().is(EPIPE)) log::warning(written.error().to_string());
  pipe.reset();
}

}  // namespace berth::monitor
