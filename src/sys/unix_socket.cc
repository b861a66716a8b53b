#include "sys/unix_socket.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "base/scope_exit.h"
#include "base/text.h"
#include "sys/file.h"

namespace berth::sys {

namespace {

template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

constexpr std::size_t kControlSize = CMSG_SPACE(kMaxPassedFds * sizeof(int)) + CMSG_SPACE(sizeof(ucred));

void take_control(const msghdr& header, Message& message) {
  auto* mutable_header = const_cast<msghdr*>(&header);  // CMSG_NXTHDR(3) reads only, but says otherwise
  for (cmsghdr* control = CMSG_FIRSTHDR(mutable_header); control != nullptr;
       control = CMSG_NXTHDR(mutable_header, control)) {
    if (control->cmsg_level != SOL_SOCKET) continue;
    if (control->cmsg_type == SCM_RIGHTS) {
      const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof fd);
        message.fds.emplace_back(fd);
      }
    } else if (control->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials{};
      std::memcpy(&credentials, CMSG_DATA(control), sizeof credentials);
      message.credentials = credentials;
    }
  }
}

std::size_t put_control(char* at, int type, const void* data, std::size_t size) {
  cmsghdr control{};
  control.cmsg_level = SOL_SOCKET;
  control.cmsg_type = type;
  control.cmsg_len = CMSG_LEN(size);
  std::memcpy(at, &control, sizeof control);
  std::memcpy(at + CMSG_LEN(0), data, size);
  return CMSG_SPACE(size);
}

}  // namespace

Result<UnixAddress> UnixAddress::from(const std::string& path) {
  UnixAddress result;
  result.address_.sun_family = AF_UNIX;
  constexpr std::size_t kRoom = sizeof(result.address_.sun_path) - 1;
  if (path.empty())
    return Error::invalid("socket address", "expected a path or @name, found an empty string");
  if (path.find('\0') != std::string::npos) return Error::invalid(path, "a socket address cannot hold a NUL");
  if (path.front() == '@') {
    if (path.size() > kRoom + 1) return Error::with_errno(ENAMETOOLONG, "abstract socket", path);
    std::memcpy(result.address_.sun_path + 1, path.data() + 1, path.size() - 1);
    result.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    return result;
  }
  std::string reachable = path;
  if (path.size() > kRoom) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return Error::with_errno(ENAMETOOLONG, "socket", path);
    TRY_ASSIGN(result.directory_, open(path.substr(0, slash + 1), O_PATH | O_DIRECTORY));
    reachable = concat("/proc/self/fd/", result.directory_.get(), path.substr(slash));
    if (reachable.size() > kRoom) return Error::with_errno(ENAMETOOLONG, "socket", path);
  }
  std::memcpy(result.address_.sun_path, reachable.data(), reachable.size());
  result.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + reachable.size() + 1);
  return result;
}

Result<UniqueFd> make_socket(int type) {
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!fd) return Error::sys("socket(AF_UNIX)");
  return fd;
}

Result<UniqueFd> bind_socket(const std::string& path, int type, mode_t mode) {
  TRY_ASSIGN(const auto address, UnixAddress::from(path));
  TRY_ASSIGN(auto fd, make_socket(type));
  const bool is_file = path.front() != '@';
  if (is_file) {
    TRY(remove_file(path));
    // Before bind: the socket file takes the mode (less the umask) of the inode.
    if (::fchmod(fd.get(), mode) < 0) return Error::sys("fchmod", path);
  }
  if (::bind(fd.get(), address.get(), address.size()) < 0) return Error::sys("bind", path);
  // Again by path, now without the umask.
  if (is_file && ::chmod(path.c_str(), mode) < 0) return Error::sys("chmod", path);
  return fd;
}

Result<UniqueFd> listen_socket(const std::string& path, int type, mode_t mode, int backlog) {
  TRY_ASSIGN(auto fd, bind_socket(path, type, mode));
  if (::listen(fd.get(), backlog) < 0) return Error::sys("listen", path);
  return fd;
}

Result<UniqueFd> connect_socket(const std::string& path, int type) {
  TRY_ASSIGN(const auto address, UnixAddress::from(path));
  TRY_ASSIGN(auto fd, make_socket(type));
  if (retry([&] { return ::connect(fd.get(), address.get(), address.size()); }) < 0)
    return Error::sys("connect", path);
  return fd;
}

Result<UniqueFd> accept_socket(FdRef listener) {
  UniqueFd fd(
      retry([&] { return ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); }));
  if (!fd) return Error::sys("accept4");
  return fd;
}

Result<std::pair<UniqueFd, UniqueFd>> socket_pair(int type) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds.data()) < 0) return Error::sys("socketpair");
  return std::pair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Result<void> receive_credentials(FdRef socket) {
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
    return Error::sys("setsockopt(SO_PASSCRED)");
  return {};
}

Result<Message> receive(FdRef socket, std::size_t limit, int flags) {
  Message message;
  alignas(cmsghdr) std::array<char, kControlSize> control;
  iovec part{.iov_base = nullptr, .iov_len = limit};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t size = -1;
  // Not cleared before: most messages are short, and what is written here is cold.
  message.data.resize_and_overwrite(limit, [&](char* data, std::size_t) {
    part.iov_base = data;
    size = retry([&] { return ::recvmsg(socket.get(), &header, flags | MSG_CMSG_CLOEXEC); });
    return size < 0 ? 0 : std::min(static_cast<std::size_t>(size), limit);
  });
  if (size < 0) return Error::sys("recvmsg");
  take_control(header, message);
  message.truncated = (header.msg_flags & MSG_TRUNC) != 0;
  message.fds_truncated = (header.msg_flags & MSG_CTRUNC) != 0;
  return message;
}

Result<std::size_t> send(FdRef socket, std::string_view data, const std::vector<FdRef>& fds,
                         const UnixAddress* to, int flags, const ucred* credentials) {
  if (fds.size() > kMaxPassedFds) return Error::with_errno(EINVAL, "sendmsg", "too many descriptors");
  alignas(cmsghdr) std::array<char, kControlSize> control;
  std::size_t used = 0;
  if (!fds.empty()) {
    std::vector<int> numbers;
    numbers.reserve(fds.size());
    for (const FdRef fd : fds) numbers.push_back(fd.get());
    used += put_control(control.data(), SCM_RIGHTS, numbers.data(), numbers.size() * sizeof(int));
  }
  if (credentials != nullptr)
    used += put_control(control.data() + used, SCM_CREDENTIALS, credentials, sizeof *credentials);
  iovec part{.iov_base = const_cast<char*>(data.data()), .iov_len = data.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (used > 0) {
    header.msg_control = control.data();
    header.msg_controllen = used;
  }
  if (to != nullptr) {
    header.msg_name = const_cast<sockaddr*>(to->get());
    header.msg_namelen = to->size();
  }
  const ssize_t size = retry([&] { return ::sendmsg(socket.get(), &header, flags | MSG_NOSIGNAL); });
  if (size < 0) return Error::sys("sendmsg");
  return static_cast<std::size_t>(size);
}

}  // namespace berth::sys
