#include "supervise/scratch_buffer.h"

#include <sys/mman.h>

#include <utility>

namespace berth::supervise {

namespace {
constexpr std::size_t kPage = 4096;
}

Result<ScratchBuffer> ScratchBuffer::make(std::size_t capacity) {
  const std::size_t size = (capacity + kPage - 1) / kPage * kPage;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Error::sys("mmap");
  // Small pages only: one huge page would be 2 MiB of private memory for a short line.
  ::madvise(memory, size, MADV_NOHUGEPAGE);
  return ScratchBuffer(static_cast<char*>(memory), size);
}

ScratchBuffer::ScratchBuffer(ScratchBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}

ScratchBuffer::~ScratchBuffer() {
  if (data_ != nullptr) ::munmap(data_, capacity_);
}

void ScratchBuffer::release() noexcept {
  ::madvise(data_, capacity_, MADV_DONTNEED);
}

}  // namespace berth::supervise
