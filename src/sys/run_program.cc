#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>

#include "base/scope_exit.h"
#include "sys/child.h"
#include "sys/file.h"

namespace berth::sys {

namespace {

using Clock = std::chrono::steady_clock;

// The end of the wait, if there is one.
struct Deadline {
  explicit Deadline(int timeout_ms)
      : bounded(timeout_ms >= 0), at(Clock::now() + std::chrono::milliseconds(timeout_ms)) {}
  [[nodiscard]] int remaining_ms() const {
    if (!bounded) return -1;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(at - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
  }
  bool bounded;
  Clock::time_point at;
};

// Our ends of the child's stdin, stdout and stderr. All three are served at once: neither side may wait for
// the other to read.
struct Streams {
  UniqueFd in;
  UniqueFd out;
  UniqueFd err;
};

Result<void> drain(UniqueFd& from, std::string& into) {
  std::array<char, 4096> buffer{};
  TRY_ASSIGN(const auto count, read_some(from, buffer.data(), buffer.size()));
  if (count == 0) from.reset();
  if (into.size() + count <= kMaxFile) into.append(buffer.data(), count);
  return {};
}

// A program that does not want its input is no failure: what it did not take is dropped.
void feed(UniqueFd& to, std::string_view& input) {
  const ssize_t count = ::write(to.get(), input.data(), input.size());
  if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
  if (input.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) to.reset();
}

Result<void> exchange(Streams& streams, std::string_view input, const Deadline& deadline, RunOutput& result) {
  while (streams.out || streams.err) {
    std::array<pollfd, 3> polls = {{{.fd = streams.out.get(), .events = POLLIN, .revents = 0},
                                    {.fd = streams.err.get(), .events = POLLIN, .revents = 0},
                                    {.fd = streams.in.get(), .events = POLLOUT, .revents = 0}}};
    const int ready = ::poll(polls.data(), polls.size(), deadline.remaining_ms());
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Error::sys("poll");
    if (ready == 0) return Error::with_errno(ETIMEDOUT, "wait for its output");
    if (polls[0].revents != 0) TRY(drain(streams.out, result.output));
    if (polls[1].revents != 0) TRY(drain(streams.err, result.errors));
    if (polls[2].revents != 0) feed(streams.in, input);
  }
  return {};
}

}  // namespace

Result<RunOutput> run_program(SpawnOptions options, std::string_view input, int timeout_ms) {
  const Deadline deadline(timeout_ms);
  TRY_ASSIGN(auto in, Pipe::make());
  TRY_ASSIGN(auto out, Pipe::make());
  TRY_ASSIGN(auto err, Pipe::make());
  options.stdin_fd = in.read_end.get();
  options.stdout_fd = out.write_end.get();
  options.stderr_fd = err.write_end.get();
  TRY_ASSIGN(auto child, Child::spawn(options));
  in.read_end.reset();
  out.write_end.reset();
  err.write_end.reset();
  if (::fcntl(in.write_end.get(), F_SETFL, O_NONBLOCK) < 0) return Error::sys("fcntl(F_SETFL)");
  if (input.empty()) in.write_end.reset();
  // The child may end without reading: that is EPIPE for us, not our death.
  struct sigaction before {};
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, &before);
  const ScopeExit restore([&before] { ::sigaction(SIGPIPE, &before, nullptr); });

  Streams streams{std::move(in.write_end), std::move(out.read_end), std::move(err.read_end)};
  RunOutput result;
  TRY(exchange(streams, input, deadline, result).context("run", options.argv.front()));
  TRY_ASSIGN(const auto ended, child.process().wait_exit(deadline.remaining_ms()));
  if (!ended) return Error::with_errno(ETIMEDOUT, "wait for", options.argv.front());
  TRY_ASSIGN(result.status, child.wait());
  return result;
}

}  // namespace berth::sys
