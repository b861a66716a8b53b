#include "supervise/control_fifo.h"

#include <sys/stat.h>

#include <array>

#include "base/log.h"
#include "contract/ctl_message.h"
#include "sys/file.h"

namespace berth::supervise {

Result<std::unique_ptr<ControlFifo>> ControlFifo::start(sys::EventLoop& loop, const std::string& path,
                                                        std::function<bool(std::string_view)> take) {
  TRY(sys::remove_file(path));
  if (::mkfifo(path.c_str(), 0660) < 0) return Error::sys("mkfifo", path);
  TRY_ASSIGN(auto fd, sys::open(path, O_RDWR | O_NONBLOCK));
  std::unique_ptr<ControlFifo> fifo(new ControlFifo(std::move(fd), path, std::move(take)));
  TRY_ASSIGN(fifo->watch_,
             loop.watch(fifo->fifo_, EPOLLIN, [raw = fifo.get()](std::uint32_t) { raw->readable(); }));
  return fifo;
}

ControlFifo::ControlFifo(UniqueFd fifo, std::string path, std::function<bool(std::string_view)> take)
    : fifo_(std::move(fifo)), path_(std::move(path)), take_(std::move(take)) {}

void ControlFifo::readable() {
  std::array<char, 512> buffer;
  const auto size = sys::read_some(fifo_, buffer.data(), buffer.size());
  if (!size) return;
  line_.append(buffer.data(), *size);
  take_lines();
}

void ControlFifo::take_lines() {
  std::string_view rest = line_;
  for (auto newline = rest.find('\n'); newline != std::string_view::npos; newline = rest.find('\n')) {
    if (!skipping_ && !take_(rest.substr(0, newline))) complain();
    skipping_ = false;
    rest.remove_prefix(newline + 1);
  }
  if (rest.size() > contract::kMaxCtlLine) {
    if (!skipping_) complain();
    skipping_ = true;
    rest = {};
  }
  line_ = std::string(rest);
}

void ControlFifo::complain() {
  if (complained_) return;
  complained_ = true;
  log::warning(path_, ": a line that is no control message was ignored; further ones will be too");
}

}  // namespace berth::supervise
