// ExitRecord: how the container's end is written down, before anything else that could fail or take time.
//
//   EXIT_DIR/CID, PERSIST_DIR/exit   the exit status in decimal (contract/exit_file.h)
//   BUNDLE/oom, PERSIST_DIR/oom      empty; there when the kernel killed for want of memory
#pragma once

#include <string>

namespace berth::supervise {

struct ExitPlaces {
  std::string exit_file;     // empty: none
  std::string persist_file;  // empty: none
};

// Both are tried; a failure is logged. True when all that was asked for is written; if not, the caller tries again
// later (a full /run may have room by then).
bool record_exit(const ExitPlaces& places, int status) noexcept;

struct OomPlaces {
  std::string bundle_file;
  std::string persist_file;  // empty: none
};
void record_oom(const OomPlaces& places) noexcept;

}  // namespace berth::supervise
