// EntryFrame: what stands before and after the text of a log file's entry, the same for all lines of one read.
#pragma once

#include <cstddef>
#include <string>

#include "contract/log_line.h"

namespace berth::supervise {

struct EntryFrame {
  std::string head;
  std::string tail;  // ends with the newline, the only one of the entry
  [[nodiscard]] std::size_t size() const noexcept { return head.size() + tail.size(); }
};

struct EntryFrames {
  EntryFrame full;     // its text ends a line
  EntryFrame partial;  // the line goes on in the stream's next entry
};

}  // namespace berth::supervise
