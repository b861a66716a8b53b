// UniqueFd owns a file descriptor; FdRef borrows one for the length of a call.
//
// No conversion from or to int happens by itself. close(2) is called once and never retried: on Linux the
// descriptor is gone even when it fails with EINTR. Move-only, self-move-safe. All descriptors that Berth
// opens are close-on-exec; what a child may keep is handed over explicitly.
#pragma once

#include <unistd.h>

#include <utility>

namespace berth {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  explicit operator bool() const noexcept { return valid(); }

  // The caller owns the descriptor from here on.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept {
    const int old = std::exchange(fd_, fd);
    if (old >= 0) ::close(old);
  }

 private:
  int fd_ = -1;
};

class FdRef {
 public:
  FdRef(const UniqueFd& fd) noexcept : fd_(fd.get()) {}  // NOLINT(google-explicit-constructor)
  explicit FdRef(int fd) noexcept : fd_(fd) {}
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace berth
