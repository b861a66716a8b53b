// StdioStreams: the pipes between a payload and its supervisor, both ends, by name.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::supervise {

struct StdioStreams {
  UniqueFd input;   // ours, to write; invalid when the payload has no stdin
  UniqueFd output;  // ours, to read; invalid with a terminal (the pty comes later)
  UniqueFd errors;  // ours, to read
  UniqueFd payload_input;
  UniqueFd payload_output;
  UniqueFd payload_errors;

  // With a terminal only stderr is a pipe: it carries what the runtime has to say before the pty exists.
  static Result<StdioStreams> make(bool with_input, bool terminal);
  void close_payload_ends() noexcept;
};

}  // namespace berth::supervise
