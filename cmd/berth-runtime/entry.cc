// Where a static berth-runtime begins on x86-64, before the C library does: the first of its two lives.
//
// What a container might see of us runs from a read-only mount of our binary (runtime/own_binary.h), so `create`,
// `run` and `exec` execute the binary a second time. Done here, by four system calls, the first life costs some 50 µs;
// done in main() it costs 200, because the C library asks the processor for its features first (68 CPUID
// instructions, and under a hypervisor each one is a trap). Whatever fails here is passed over in silence: main() looks
// again, and says why.
//
// There is no C library yet: no errno, no thread-local storage (hence no stack protector), no call of anything.
#if defined(__x86_64__)

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

namespace {

constexpr long kOpenTreeClone = 1;
constexpr long kOpenTreeCloexec = O_CLOEXEC;

__attribute__((always_inline)) inline long call(long number, long a, const void* b, long c,
                                                const void* d = nullptr, long e = 0) noexcept {
  long result = 0;
  register const void* r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}

// volatile: the compiler must not make a call of strcmp() of it.
__attribute__((always_inline)) inline bool same(const volatile char* a, const volatile char* b) noexcept {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return *a == *b;
}

}  // namespace

// `stack` is the kernel's: argc, argv, a null, the environment. execve(2).
extern "C" __attribute__((no_stack_protector, used)) void berth_runtime_first_life(char** stack) noexcept {
  char** argv = stack + 1;
  bool clones = false;
  char** word = argv;
  for (; *word != nullptr; ++word)
    clones |= same(*word, "create") || same(*word, "run") || same(*word, "exec");
  if (!clones) return;
  char** environment = word + 1;
  const char* self = "/proc/self/exe";
  const long binary = call(SYS_openat, AT_FDCWD, self, O_PATH | O_CLOEXEC);
  struct statfs info;
  info.f_flags = 0;
  const long known = call(SYS_fstatfs, binary, &info, 0);
  call(SYS_close, binary, nullptr, 0);
  if (known != 0 || (static_cast<unsigned long>(info.f_flags) & ST_RDONLY) != 0) return;
  const long copy = call(SYS_open_tree, AT_FDCWD, self, kOpenTreeClone | kOpenTreeCloexec);
  if (copy < 0) return;
  struct mount_attr read_only;
  read_only.attr_set = MOUNT_ATTR_RDONLY;
  read_only.attr_clr = 0;
  read_only.propagation = 0;
  read_only.userns_fd = 0;
  if (call(SYS_mount_setattr, copy, "", AT_EMPTY_PATH, &read_only, sizeof read_only) == 0)
    call(SYS_execveat, copy, "", reinterpret_cast<long>(argv), environment, AT_EMPTY_PATH);
  call(SYS_close, copy, nullptr, 0);
}

// The stack as the kernel made it goes on to the C library; rdx is what it would call at exit: nothing.
__asm__(
    ".pushsection .text.berth_runtime_entry,\"ax\",@progbits\n"
    ".globl berth_runtime_entry\n"
    ".type berth_runtime_entry,@function\n"
    "berth_runtime_entry:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rbx\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call berth_runtime_first_life\n"
    "  mov %rbx, %rsp\n"
    "  xor %edx, %edx\n"
    "  jmp _start\n"
    ".size berth_runtime_entry, .-berth_runtime_entry\n"
    ".popsection\n");

#endif
