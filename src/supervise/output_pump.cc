#include "supervise/output_pump.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/log.h"
#include "supervise/log_clock.h"

namespace berth::supervise {

namespace {

// After this long without output the buffers go back to the kernel.
constexpr auto kIdle = std::chrono::seconds(1);
// What is taken from a pty at the end, if somebody else still writes to it.
constexpr std::size_t kPtyRest = 1024 * 1024;
// The pipe of a payload that writes a lot, and the kernel's default.
constexpr int kBusyPipe = 1024 * 1024;
constexpr int kDefaultPipe = 64 * 1024;

contract::AttachStream to_attach(contract::LogStream stream) noexcept {
  return stream == contract::LogStream::out ? contract::AttachStream::out : contract::AttachStream::err;
}

}  // namespace

Result<std::unique_ptr<OutputPump>> OutputPump::make(sys::EventLoop& loop,
                                                     std::vector<std::unique_ptr<LogSink>>& sinks,
                                                     AttachServer* attach) {
  TRY_ASSIGN(auto buffer, ScratchBuffer::make(kLargestChunk));
  return std::unique_ptr<OutputPump>(new OutputPump(loop, sinks, attach, std::move(buffer)));
}

OutputPump::OutputPump(sys::EventLoop& loop, std::vector<std::unique_ptr<LogSink>>& sinks,
                       AttachServer* attach, ScratchBuffer buffer)
    : loop_(loop), sinks_(sinks), attach_(attach), buffer_(std::move(buffer)) {
  if (attach_ != nullptr) attach_->on_room([this] { resume(); });
}

Result<void> OutputPump::add(contract::LogStream stream, UniqueFd fd, Source source) {
  if (::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK) < 0)
    return Error::sys("fcntl(F_SETFL)");
  Stream& slot = streams_.at(used_streams_++);
  slot.name = stream;
  slot.source = source;
  slot.fd = std::move(fd);
  if (!paused_) watch(slot);
  return {};
}

void OutputPump::watch(Stream& stream) {
  if (!stream.fd || stream.watch.active()) return;
  const std::uint32_t events = stream.source == Source::pty ? EPOLLIN | EPOLLET : EPOLLIN;
  auto handle = loop_.watch(stream.fd, events, [this, &stream](std::uint32_t) { readable(stream); });
  if (handle)
    stream.watch = std::move(*handle);
  else
    log::error("watch output: ", handle.error().to_string());
}

// A busy payload need not stop whenever we are busy, too. Without the privilege to the pipe stays as it is.
void OutputPump::enlarge(Stream& stream) {
  if (stream.source == Source::pty || stream.enlarged) return;
  stream.enlarged = ::fcntl(stream.fd.get(), F_SETPIPE_SZ, kBusyPipe) > 0;
}

void OutputPump::restore(Stream& stream) {
  if (stream.enlarged) stream.enlarged = ::fcntl(stream.fd.get(), F_SETPIPE_SZ, kDefaultPipe) < 0;
}

// Lets output gather when it comes in small pieces, faster than it is worth a wake-up each.
void OutputPump::gather(Stream& stream) {
  constexpr auto kBurstNs = std::chrono::nanoseconds(kBurst).count();
  if (!stream.last_was_small || LogClock::now() - stream.last_read_ns > kBurstNs) return;
  enlarge(stream);
  const timespec pause{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(kGather).count()};
  ::nanosleep(&pause, nullptr);
}

void OutputPump::readable(Stream& stream) {
  if (stream.source == Source::pipe) gather(stream);
  ReadOutcome outcome = ReadOutcome::data;
  do {
    outcome = read_once(stream, chunk_size());
  } while (outcome == ReadOutcome::data && (stream.source == Source::pty || !stream.last_was_small) &&
           !paused_);
  if (outcome != ReadOutcome::end || stream.source == Source::pty) return;
  stream.watch.reset();
  stream.fd.reset();
}

std::size_t OutputPump::chunk_size() const {
  for (const auto& sink : sinks_) {
    if (const std::size_t wanted = sink->wanted(); wanted > 0) return std::min(wanted, kLargestChunk);
  }
  return kChunk;
}

OutputPump::ReadOutcome OutputPump::read_once(Stream& stream, std::size_t limit) {
  const ssize_t size = ::read(stream.fd.get(), buffer_.data(), limit);
  if (size == 0) return ReadOutcome::end;
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return ReadOutcome::empty;
  if (size < 0) return ReadOutcome::end;  // EIO: nobody has the terminal open
  note_activity();
  stream.last_read_ns = LogClock::now();
  stream.last_was_small = static_cast<std::size_t>(size) < std::min(limit, stream.small_below());
  if (!stream.last_was_small) enlarge(stream);
  distribute({.stream = stream.name,
              .time_ns = stream.last_read_ns,
              .data = {buffer_.data(), static_cast<std::size_t>(size)}});
  return ReadOutcome::data;
}

void OutputPump::distribute(const OutputChunk& chunk) {
  for (const auto& sink : sinks_) sink->write(chunk);
  if (attach_ == nullptr) return;
  attach_->send(to_attach(chunk.stream), chunk.data);
  if (attach_->congested()) pause();
}

// The watches end: a hang-up is reported even to those who wait for nothing.
void OutputPump::pause() {
  paused_ = true;
  for (Stream& stream : streams_) stream.watch.reset();
}

void OutputPump::resume() {
  if (!paused_) return;
  paused_ = false;
  for (Stream& stream : streams_) watch(stream);
}

void OutputPump::drain() {
  for (Stream& stream : streams_) {
    if (!stream.fd) continue;
    stream.watch.reset();
    drain(stream);
    stream.watch.reset();
    stream.fd.reset();
  }
  for (const auto& sink : sinks_) sink->finish();
  while (attach_ != nullptr && attach_->congested()) {
    if (!loop_.run_once(-1)) break;
  }
}

void OutputPump::drain(Stream& stream) {
  int waiting = 0;
  ::ioctl(stream.fd.get(), FIONREAD, &waiting);
  // A pipe holds all that was written before the end. A pty may still be handing it over.
  std::size_t rest = stream.source == Source::pty ? kPtyRest : static_cast<std::size_t>(std::max(waiting, 0));
  while (rest > 0) {
    if (paused_) {
      if (!loop_.run_once(-1)) return;
      stream.watch.reset();
      continue;
    }
    const std::size_t limit = std::min(rest, chunk_size());
    if (read_once(stream, limit) != ReadOutcome::data) return;
    rest -= limit;
  }
}

void OutputPump::note_activity() {
  active_ = true;
  if (idle_timer_.active()) return;
  auto timer = loop_.after(kIdle, [this] { idle(); });
  if (timer) idle_timer_ = std::move(*timer);
}

void OutputPump::idle() {
  idle_timer_.reset();
  if (std::exchange(active_, false)) {
    note_activity();
    active_ = false;
    return;
  }
  buffer_.release();
  for (Stream& stream : streams_) restore(stream);
  for (const auto& sink : sinks_) sink->release();
}

}  // namespace berth::supervise
