#include "runtime/init/terminal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <string_view>

#include "runtime/init/fd_message.h"
#include "sys/mount_api.h"
#include "sys/root_path.h"

namespace berth::runtime::init {

namespace {

// What the image calls /dev/pts/ptmx may be anything: only a devpts counts.
UniqueFd open_master(Context& context) noexcept {
  UniqueFd master = sys::open_in_root(context.root.get(), "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW);
  struct statfs info {};
  if (!master || ::fstatfs(master.get(), &info) != 0)
    context.report.fail("open a pty: /dev/pts/ptmx of the container");
  if (info.f_type != DEVPTS_SUPER_MAGIC)
    context.report.fail_with(ENODEV, 0, {"open a pty: /dev/pts of the container is no devpts"});
  return master;
}

// By descriptor: the name /dev/pts/N is never looked at, so nobody can put something else there.
UniqueFd open_slave(Context& context, const UniqueFd& master) noexcept {
  const int unlock = 0;
  if (::ioctl(master.get(), TIOCSPTLCK, &unlock) != 0) context.report.fail("unlock the pty");
  UniqueFd slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) context.report.fail("open the slave of the pty");
  return slave;
}

void set_size(Context& context, const UniqueFd& master) noexcept {
  const TerminalPlan& plan = context.plan.process.terminal;
  if (plan.rows == 0 && plan.columns == 0) return;
  const winsize size{.ws_row = plan.rows, .ws_col = plan.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::ioctl(master.get(), TIOCSWINSZ, &size) != 0) context.report.fail("set the size of the terminal");
}

void bind_console(Context& context, const UniqueFd& slave) noexcept {
  const sys::DetachedMount copy = sys::DetachedMount::copy_of(slave.get(), "", false);
  const UniqueFd console = sys::make_file_in_root(context.root.get(), "/dev/console");
  if (!copy.valid() || !console || !copy.attach(console.get()))
    context.report.fail("bind the pty to /dev/console");
}

bool send_over(int socket, int fd) noexcept {
  constexpr std::string_view kName = "/dev/ptmx";  // receivers of runc's expect a name with the descriptor
  return send_with_fd(socket, kName.data(), kName.size(), fd) >= 0;
}

void hand_over(Context& context, const UniqueFd& master) noexcept {
  const int socket = context.plan.process.terminal.console_socket;
  if (socket >= 0) {
    if (!send_over(socket, master.get())) context.report.fail("send the terminal over the console socket");
  } else if (!context.report.channel().tell(FromChild::terminal, master.get())) {
    Report::vanish();
  }
}

void become_stdio(Context& context, const UniqueFd& slave) noexcept {
  const ProcessPlan& process = context.plan.process;
  // It is ours alone, so its owner may change.
  if (process.uid != 0 && ::fchown(slave.get(), process.uid, static_cast<gid_t>(-1)) != 0 && errno != EPERM)
    context.report.fail("give the terminal to its user");
  if (::ioctl(slave.get(), TIOCSCTTY, 0) != 0) context.report.fail("take the controlling terminal");
  for (int fd = 0; fd <= 2; ++fd) {
    if (::dup2(slave.get(), fd) < 0) context.report.fail("make the terminal the standard streams");
  }
}

}  // namespace

void make_console(Context& context) noexcept {
  if (!context.plan.process.terminal.wanted) return;
  const UniqueFd master = open_master(context);
  const UniqueFd slave = open_slave(context, master);
  set_size(context, master);
  if (context.plan.root) bind_console(context, slave);
  hand_over(context, master);
  become_stdio(context, slave);
}

}  // namespace berth::runtime::init
