#include "runtime/terminal_proxy.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>

#include "sys/file.h"

namespace berth::runtime {

namespace {
constexpr std::size_t kChunk = 8192;
}

struct TerminalProxy::State {
  UniqueFd master;
  std::optional<termios> saved;
  sys::EventLoop::Handle input;
  sys::EventLoop::Handle output;

  // False at the end of the pty, or when nobody takes its output.
  bool carry_out() noexcept {
    std::array<char, kChunk> buffer{};
    const ssize_t count = ::read(master.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) return true;
    if (count <= 0) return false;
    return sys::write_all(FdRef(STDOUT_FILENO),
                          std::string_view(buffer.data(), static_cast<std::size_t>(count)))
        .has_value();
  }

  void carry_in() noexcept {
    std::array<char, kChunk> buffer{};
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count > 0) {
      ignore(sys::write_all(master, std::string_view(buffer.data(), static_cast<std::size_t>(count))));
      return;
    }
    // The end of a pipe is what ^D is at a terminal.
    constexpr std::string_view kEndOfTransmission = "\x04";
    ignore(sys::write_all(master, kEndOfTransmission));
    input.reset();
  }

  void enter_raw_mode() noexcept {
    termios mode{};
    if (::tcgetattr(STDIN_FILENO, &mode) != 0) return;  // a pipe or a file
    saved = mode;
    ::cfmakeraw(&mode);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
  }
};

TerminalProxy::TerminalProxy(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
TerminalProxy::TerminalProxy(TerminalProxy&&) noexcept = default;

TerminalProxy::~TerminalProxy() {
  if (state_ && state_->saved) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*state_->saved);
}

Result<TerminalProxy> TerminalProxy::make(sys::EventLoop& loop, UniqueFd master) {
  TerminalProxy proxy(std::make_unique<State>());
  State* state = proxy.state_.get();
  state->master = std::move(master);
  proxy.resize();
  state->enter_raw_mode();
  TRY_ASSIGN(state->output, loop.watch(state->master, EPOLLIN, [state](std::uint32_t) {
    if (!state->carry_out()) state->output.reset();
  }));
  auto input = loop.watch(FdRef(STDIN_FILENO), EPOLLIN, [state](std::uint32_t) { state->carry_in(); });
  if (input) {
    state->input = std::move(*input);
  } else if (!input.error().is(EPERM)) {  // a plain file or /dev/null cannot be polled: it has nothing to say
    return std::move(input).error();
  }
  return proxy;
}

void TerminalProxy::resize() noexcept {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(state_->master.get(), TIOCSWINSZ, &size);
}

void TerminalProxy::drain() noexcept {
  if (!state_->output.active()) return;
  ::fcntl(state_->master.get(), F_SETFL, O_NONBLOCK);
  while (state_->carry_out()) {
  }
}

}  // namespace berth::runtime
