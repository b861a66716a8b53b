#include "supervise/gathered_write.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace berth::supervise {

namespace {

std::string_view text_of(const iovec& piece) noexcept {
  return {static_cast<const char*>(piece.iov_base), piece.iov_len};
}

}  // namespace

GatheredWrite::Loss GatheredWrite::write_to(FdRef file) noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < count_; ++i) size += pieces_[i].iov_len;
  std::size_t written = 0;
  while (written < size) {
    const ssize_t count = write_rest(file.get(), written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return end_with(written, errno);
    written += static_cast<std::size_t>(count);
  }
  count_ = 0;
  return {};
}

ssize_t GatheredWrite::write_rest(int file, std::size_t done) noexcept {
  std::size_t first = 0;
  for (; done >= pieces_[first].iov_len; ++first) done -= pieces_[first].iov_len;
  const iovec whole = pieces_[first];
  pieces_[first] = {.iov_base = static_cast<char*>(whole.iov_base) + done, .iov_len = whole.iov_len - done};
  const ssize_t count = ::writev(file, pieces_.data() + first, static_cast<int>(count_ - first));
  pieces_[first] = whole;
  return count;
}

GatheredWrite::Loss GatheredWrite::end_with(std::size_t written, int code) noexcept {
  Loss loss{.code = code};
  std::size_t before = 0;  // bytes of the pieces that were looked at
  std::size_t whole = 0;   // bytes up to the end of the last whole entry in the file
  for (std::size_t i = 0; i < count_; ++i) {
    const std::string_view text = text_of(pieces_[i]);
    const std::string_view in_file =
        text.substr(0, std::min(text.size(), written - std::min(written, before)));
    const std::string_view lost = text.substr(in_file.size());
    const auto newline = in_file.rfind('\n');
    if (newline != std::string_view::npos) whole = before + newline + 1;
    loss.entries += static_cast<std::uint64_t>(std::count(lost.begin(), lost.end(), '\n'));
    before += text.size();
  }
  loss.bytes = before - whole;
  loss.torn = written - whole;
  count_ = 0;
  return loss;
}

}  // namespace berth::supervise
