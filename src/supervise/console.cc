#include "supervise/console.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

#include "base/log.h"
#include "sys/unix_socket.h"

namespace berth::supervise {

namespace {

// Line ends as everybody expects them on a terminal (the OCI runtimes and Kubernetes do the same).
void set_newlines(FdRef pty) {
  termios settings{};
  if (::tcgetattr(pty.get(), &settings) < 0) return;
  settings.c_oflag |= ONLCR;
  ::tcsetattr(pty.get(), TCSANOW, &settings);
}

}  // namespace

Result<std::unique_ptr<Console>> Console::listen(sys::EventLoop& loop, std::function<void(UniqueFd)> take) {
  const char* tmp = ::getenv("TMPDIR");
  std::string directory = concat(tmp != nullptr && *tmp == '/' ? tmp : "/tmp", "/berth-console-XXXXXX");
  if (::mkdtemp(directory.data()) == nullptr) return Error::sys("mkdtemp", directory);
  std::unique_ptr<Console> console(new Console(loop, std::move(directory), std::move(take)));
  TRY_ASSIGN(console->listener_,
             sys::listen_socket(console->socket_path(), SOCK_STREAM | SOCK_NONBLOCK, 0700));
  TRY_ASSIGN(console->watch_, loop.watch(console->listener_, EPOLLIN,
                                         [raw = console.get()](std::uint32_t) { raw->accept_one(); }));
  return console;
}

Console::Console(sys::EventLoop& loop, std::string directory, std::function<void(UniqueFd)> take)
    : loop_(loop), directory_(std::move(directory)), take_(std::move(take)) {}

Console::~Console() {
  remove();
}

void Console::accept_one() {
  auto connection = sys::accept_socket(listener_);
  if (!connection) return;
  connection_ = std::move(*connection);
  auto watch = loop_.watch(connection_, EPOLLIN, [this](std::uint32_t) { receive(); });
  if (!watch) return;
  watch_ = std::move(*watch);
  listener_.reset();
  remove();
}

void Console::receive() {
  auto message = sys::receive(connection_, 4096, MSG_DONTWAIT);
  if (!message && message.error().is(EAGAIN)) return;
  watch_.reset();
  connection_.reset();
  if (!message || message->fds.empty()) {
    log::error("console socket: the runtime sent no terminal");
    return;
  }
  received_ = true;
  set_newlines(message->fds.front());
  take_(std::move(message->fds.front()));
}

void Console::remove() noexcept {
  ::unlink(socket_path().c_str());
  ::rmdir(directory_.c_str());
}

Result<void> resize_terminal(FdRef pty, unsigned short rows, unsigned short columns) {
  const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::ioctl(pty.get(), TIOCSWINSZ, &size) < 0) return Error::sys("ioctl(TIOCSWINSZ)");
  return {};
}

}  // namespace berth::supervise
