// ControlFifo: a FIFO by which the supervisor is told things, one line each (contract/ctl_message.h).
//
// Opened for reading and writing, so that it never reports the last writer's hang-up. Garbage and lines that are
// too long are skipped to the next newline, with one warning in the log.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sys/event_loop.h"

namespace berth::supervise {

class ControlFifo {
 public:
  // `take` gets each line without its newline and says whether it understood. A stale FIFO is replaced.
  static Result<std::unique_ptr<ControlFifo>> start(sys::EventLoop& loop, const std::string& path,
                                                    std::function<bool(std::string_view)> take);
  ControlFifo(const ControlFifo&) = delete;
  ControlFifo& operator=(const ControlFifo&) = delete;

 private:
  ControlFifo(UniqueFd fifo, std::string path, std::function<bool(std::string_view)> take);
  void readable();
  void take_lines();
  void complain();

  UniqueFd fifo_;
  std::string path_;
  std::function<bool(std::string_view)> take_;
  std::string line_;  // the beginning of one, at most kMaxCtlLine bytes
  bool skipping_ = false;
  bool complained_ = false;
  sys::EventLoop::Handle watch_;
};

}  // namespace berth::supervise
