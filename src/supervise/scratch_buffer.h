// Memory for bursts: a private anonymous mapping whose pages go back to the kernel when the supervisor idles.
//
// An idle supervisor holds none of it; the next use faults the pages in again, zeroed. Not for use after fork.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace berth::supervise {

class ScratchBuffer {
 public:
  // `capacity` in bytes, rounded up to pages.
  static Result<ScratchBuffer> make(std::size_t capacity);
  ScratchBuffer(ScratchBuffer&& other) noexcept;
  ScratchBuffer& operator=(ScratchBuffer&&) = delete;
  ScratchBuffer(const ScratchBuffer&) = delete;
  ScratchBuffer& operator=(const ScratchBuffer&) = delete;
  ~ScratchBuffer();

  [[nodiscard]] char* data() noexcept { return data_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  // The content is gone afterwards.
  void release() noexcept;

 private:
  ScratchBuffer(char* data, std::size_t capacity) noexcept : data_(data), capacity_(capacity) {}
  char* data_;
  std::size_t capacity_;
};

}  // namespace berth::supervise
