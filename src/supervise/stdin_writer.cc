#include "supervise/stdin_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"

namespace berth::supervise {

void StdinWriter::open(UniqueFd fd) {
  fd_ = std::move(fd);
  ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
  flush();
}

void StdinWriter::write(std::string_view data) {
  if (ended_ || closing_) return;
  pending_.append(data);
  flush();
}

void StdinWriter::close() {
  closing_ = true;
  flush();
}

void StdinWriter::flush() {
  if (!fd_) return;  // the terminal has not come yet
  if (!pending_.empty() && !write_some()) {
    if (writable_.active()) return;
    auto watch = loop_.watch(fd_, EPOLLOUT, [this](std::uint32_t) { flush(); });
    if (watch) writable_ = std::move(*watch);
    return;
  }
  writable_.reset();
  if (closing_) end();
  if (on_room_) on_room_();
}

// True when nothing waits any more.
bool StdinWriter::write_some() {
  while (written_ < pending_.size()) {
    const ssize_t count = ::write(fd_.get(), pending_.data() + written_, pending_.size() - written_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return false;
    if (count < 0) {
      end();
      return true;
    }
    written_ += static_cast<std::size_t>(count);
  }
  pending_ = std::string();
  written_ = 0;
  return true;
}

void StdinWriter::end() noexcept {
  writable_.reset();
  fd_.reset();
  ended_ = true;
  pending_ = std::string();
  written_ = 0;
}

}  // namespace berth::supervise
