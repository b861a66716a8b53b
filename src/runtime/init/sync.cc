#include "runtime/init/sync.h"

#include <sys/socket.h>

#include <cstddef>
#include <cstring>

#include "base/text.h"
#include "runtime/init/fd_message.h"

namespace berth::runtime::init {

Error Fault::to_error() const {
  Error error = code == 0 ? Error::message(text.data()) : Error::with_errno(code, text.data());
  return exit_code == 0 ? std::move(error) : std::move(error).with_exit_code(exit_code);
}

bool ChildEnd::tell(FromChild kind, int passed_fd) const noexcept {
  return send_with_fd(socket_, &kind, sizeof kind, passed_fd) >= 0;
}

void ChildEnd::tell_fault(const Fault& fault) const noexcept {
  const ChildFrame frame{.kind = FromChild::fault, .fault = fault};
  send_with_fd(socket_, &frame, offsetof(ChildFrame, fault.text) + std::strlen(fault.text.data()) + 1, -1);
}

bool ChildEnd::expect(FromParent kind) const noexcept {
  FromParent received{};
  ssize_t size = -1;
  do {
    size = ::recv(socket_, &received, sizeof received, 0);
  } while (size < 0 && errno == EINTR);
  return size == sizeof received && received == kind;
}

Result<void> ParentEnd::tell(FromParent kind) const {
  if (send_with_fd(socket_.get(), &kind, sizeof kind, -1) < 0) return Error::sys("sendmsg", "container init");
  return {};
}

Result<ParentEnd::Received> ParentEnd::receive() const {
  Received result;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  iovec part{.iov_base = &result.frame, .iov_len = sizeof result.frame};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t size = -1;
  bool reset =
      false;  // the child died with our message unread: said once, and what it had sent comes after that
  do {
    size = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && (errno == EINTR || (errno == ECONNRESET && !std::exchange(reset, true))));
  if (size < 0 && errno != ECONNRESET) return Error::sys("recvmsg", "container init");
  result.closed = size <= 0;
  result.frame.fault.text.back() = '\0';
  if (const cmsghdr* message = CMSG_FIRSTHDR(&header);
      !result.closed && message != nullptr && message->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(message), sizeof fd);
    result.fd.reset(fd);
  }
  return result;
}

}  // namespace berth::runtime::init
