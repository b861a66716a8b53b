// The socket pair between the parent and the child: one frame a message, so that none is ever torn.
//
// Role types keep the ends apart: only the child can send a fault, only the parent can tell it to go on. The
// child's functions are noexcept and allocate nothing.
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "base/unique_fd.h"

namespace berth::runtime::init {

enum class FromChild : std::uint32_t {
  hooks,     // all is mounted, the root not yet changed: the parent's hooks may run
  terminal,  // carries the master end of the pty
  ready,     // only execve is left
  fault,     // the text says what failed; the child is gone
};
enum class FromParent : std::uint32_t {
  mapped,  // the user namespace has its mapping, the child is in its cgroup
  hooked,  // the hooks have run
  go,      // the state is on disk
};

struct Fault {
  std::int32_t code = 0;          // errno; 0: the text says it all
  std::int32_t exit_code = 0;     // what `run` should end with; 0: the program's own
  std::array<char, 1024> text{};  // "mount proc to proc", NUL-terminated
  [[nodiscard]] Error to_error() const;
};

struct ChildFrame {
  FromChild kind = FromChild::ready;
  Fault fault;
};

class ChildEnd {
 public:
  explicit ChildEnd(int socket) noexcept : socket_(socket) {}
  [[nodiscard]] int socket() const noexcept { return socket_; }
  // False when the parent is gone.
  [[nodiscard]] bool tell(FromChild kind, int passed_fd = -1) const noexcept;
  void tell_fault(const Fault& fault) const noexcept;
  // False when the parent is gone or says something else.
  [[nodiscard]] bool expect(FromParent kind) const noexcept;
  // From now on faults go to whoever is at `socket` (the `start` command).
  void move_to(int socket) noexcept { socket_ = socket; }

 private:
  int socket_;
};

class ParentEnd {
 public:
  ParentEnd() = default;
  explicit ParentEnd(UniqueFd socket) noexcept : socket_(std::move(socket)) {}
  [[nodiscard]] FdRef fd() const noexcept { return socket_; }
  [[nodiscard]] bool valid() const noexcept { return socket_.valid(); }
  Result<void> tell(FromParent kind) const;

  struct Received {
    bool closed = false;  // the child has executed its payload, or died
    ChildFrame frame;
    UniqueFd fd;
  };
  [[nodiscard]] Result<Received> receive() const;
  void close() noexcept { socket_.reset(); }

 private:
  UniqueFd socket_;
};

}  // namespace berth::runtime::init
