#include "supervise/stdio_streams.h"

#include "sys/child.h"

namespace berth::supervise {

Result<StdioStreams> StdioStreams::make(bool with_input, bool terminal) {
  StdioStreams streams;
  if (with_input && !terminal) {
    TRY_ASSIGN(auto pipe, sys::Pipe::make());
    streams.input = std::move(pipe.write_end);
    streams.payload_input = std::move(pipe.read_end);
  }
  if (!terminal) {
    TRY_ASSIGN(auto pipe, sys::Pipe::make());
    streams.output = std::move(pipe.read_end);
    streams.payload_output = std::move(pipe.write_end);
  }
  TRY_ASSIGN(auto pipe, sys::Pipe::make());
  streams.errors = std::move(pipe.read_end);
  streams.payload_errors = std::move(pipe.write_end);
  return streams;
}

void StdioStreams::close_payload_ends() noexcept {
  payload_input.reset();
  payload_output.reset();
  payload_errors.reset();
}

}  // namespace berth::supervise
