// OutputPump: what the payload writes, read in large pieces and given to the logs, then to attached clients.
//
// One read(2) of up to kChunk bytes, or of what a log wants, one time for all of its lines. Back-pressure is the
// payload's own pipe: while an attached client is congested nothing is read. Pipes are watched level-triggered; a pty
// edge-triggered, because it reports a hang-up for as long as nobody has it open, and somebody may open it again.
//
// A payload that writes line by line would wake us at each line. When small reads follow one another within
// kBurst, the next one waits for kGather: a quarter of the wake-ups' cost for both sides, and the pipe is made
// larger, so that the payload need not stop meanwhile. Slow output is never held back. After a second without output
// pipe and buffers are small again: a user's pipes may hold 64 MB in all (pipe-user-pages-soft, pipe(7)).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/log_line.h"
#include "supervise/attach_server.h"
#include "supervise/log_sink.h"
#include "supervise/scratch_buffer.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class OutputPump {
 public:
  static constexpr std::size_t kChunk = 256 * 1024;
  static constexpr std::size_t kLargestChunk = 512 * 1024;
  static constexpr auto kBurst = std::chrono::milliseconds(1);
  static constexpr auto kGather = std::chrono::microseconds(500);

  // `attach` may be null. Sinks and server must outlive the pump.
  static Result<std::unique_ptr<OutputPump>> make(sys::EventLoop& loop,
                                                  std::vector<std::unique_ptr<LogSink>>& sinks,
                                                  AttachServer* attach);
  OutputPump(const OutputPump&) = delete;
  OutputPump& operator=(const OutputPump&) = delete;

  enum class Source { pipe, pty };
  Result<void> add(contract::LogStream stream, UniqueFd fd, Source source);

  // The payload has ended: takes what it has written and no more, so that a process which escaped and holds the
  // pipe cannot keep us. Waits for congested clients, which AttachServer bounds. Streams are closed after this.
  void drain();

 private:
  struct Stream {
    contract::LogStream name = contract::LogStream::out;
    Source source = Source::pipe;
    UniqueFd fd;
    sys::EventLoop::Handle watch;
    std::int64_t last_read_ns = 0;
    bool last_was_small = false;
    bool enlarged = false;  // the pipe
    [[nodiscard]] std::size_t small_below() const noexcept { return enlarged ? kChunk : kChunk / 8; }
  };
  enum class ReadOutcome { data, empty, end };

  OutputPump(sys::EventLoop& loop, std::vector<std::unique_ptr<LogSink>>& sinks, AttachServer* attach,
             ScratchBuffer buffer);
  void watch(Stream& stream);
  void readable(Stream& stream);
  static void gather(Stream& stream);
  static void enlarge(Stream& stream);
  static void restore(Stream& stream);
  [[nodiscard]] std::size_t chunk_size() const;
  ReadOutcome read_once(Stream& stream, std::size_t limit);
  void distribute(const OutputChunk& chunk);
  void drain(Stream& stream);
  void pause();
  void resume();
  void note_activity();
  void idle();

  sys::EventLoop& loop_;
  std::vector<std::unique_ptr<LogSink>>& sinks_;
  AttachServer* attach_;
  ScratchBuffer buffer_;
  std::array<Stream, 2> streams_;
  std::size_t used_streams_ = 0;
  bool paused_ = false;
  sys::EventLoop::Handle idle_timer_;
  bool active_ = false;  // something was read since the timer was set
};

}  // namespace berth::supervise
