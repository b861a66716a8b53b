#include "supervise/journal_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <cerrno>
#include <ctime>

#include "sys/file.h"
#include "sys/unix_socket.h"

namespace berth::supervise {

namespace {

// A journal with a full queue gets this long to read many entries: a wake-up for each costs both sides more than the entry.
constexpr timespec kGather{.tv_sec = 0, .tv_nsec = 2'000'000};

}  // namespace

void JournalSocket::add(const Entry& entry) noexcept {
  auto& pieces = pieces_.at(count_);
  std::size_t used = 0;
  for (const std::string_view piece : entry) {
    if (!piece.empty())
      pieces.at(used++) = {.iov_base = const_cast<char*>(piece.data()), .iov_len = piece.size()};
  }
  msghdr& header = headers_.at(count_++).msg_hdr;
  header.msg_iov = pieces.data();
  header.msg_iovlen = used;
}

void JournalSocket::flush() {
  std::size_t done = 0;
  for (int refusals = 0; done < count_;) {
    const int sent = send_some(done);
    if (sent > 0) {
      settle();
      done += static_cast<std::size_t>(sent);
      continue;
    }
    const int code = -sent;
    if (code == EINTR || (code == EAGAIN && wait_for_room())) continue;
    // The journal was restarted: a new socket stands at the same path.
    if ((code == ECONNREFUSED || code == ENOTCONN) && ++refusals < 3) {
      socket_.reset();
      continue;
    }
    done += get_over(done, code);
  }
  count_ = 0;
  reports_ = false;
}

// How many entries are done with: the first one, as a memfd, or all that are lost with it.
std::size_t JournalSocket::get_over(std::size_t first, int code) {
  const bool too_large = code == EMSGSIZE || code == ENOBUFS;
  if (too_large) code = send_memfd(headers_.at(first).msg_hdr);
  if (code == 0) {
    settle();
    return 1;
  }
  // Where the journal is at fault, what follows would fare no better; and nothing overtakes a report.
  const std::size_t lost = too_large && !reports_ ? 1 : count_ - first;
  loss_.add(reports_ ? lost - 1 : lost, code);
  return lost;
}

// How many entries the journal has taken; else the errno, negative.
int JournalSocket::send_some(std::size_t first) noexcept {
  if (!socket_) {
    if (const int code = connect(); code != 0) return -code;
  }
  const int sent =
      ::sendmmsg(socket_.get(), headers_.data() + first, static_cast<unsigned>(count_ - first), MSG_NOSIGNAL);
  if (sent < 0) return -errno;
  stalled_ = false;
  waiting_since_.reset();
  return sent;
}

int JournalSocket::connect() noexcept {
  auto socket = sys::connect_socket(path_, SOCK_DGRAM | SOCK_NONBLOCK);
  if (!socket) return socket.error().code();
  socket_ = std::move(*socket);
  const int size = 8 << 20;  // as sd-journal asks for; what we get is bounded by wmem_max
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return 0;
}

// False: it has not read for kSinkPatience.
bool JournalSocket::wait_for_room() noexcept {
  const auto now = Clock::now();
  if (!waiting_since_) waiting_since_ = now;
  if (!stalled_) ::nanosleep(&kGather, nullptr);
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(*waiting_since_ + kSinkPatience - now);
  pollfd ready{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
  if (!stalled_ && left.count() > 0 && ::poll(&ready, 1, static_cast<int>(left.count())) > 0) return true;
  stalled_ = true;
  waiting_since_.reset();
  return false;
}

// 0 or an errno.
int JournalSocket::send_memfd(const msghdr& entry) {
  const UniqueFd memory(::memfd_create("journal-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) return errno;
  for (std::size_t i = 0; i < entry.msg_iovlen; ++i) {
    const std::string_view piece(static_cast<const char*>(entry.msg_iov[i].iov_base),
                                 entry.msg_iov[i].iov_len);
    if (const auto written = sys::write_all(memory, piece); !written) return written.error().code();
  }
  ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  while (true) {
    const auto sent = sys::send(socket_, {}, {FdRef(memory)});
    if (sent) return 0;
    if (!sent.error().is(EAGAIN) || !wait_for_room()) return sent.error().code();
  }
}

}  // namespace berth::supervise
