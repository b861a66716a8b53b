// metronome COUNT GAP_US | lines COUNT | bytes COUNT: what runs inside the container while a monitor is
// measured.
//
// COUNT GAP_US sends COUNT messages "STATUS=<CLOCK_MONOTONIC, ns>" to $NOTIFY_SOCKET, GAP_US apart, then
// waits for a signal; "lines" writes COUNT lines of 100 bytes (the newline included), "bytes" COUNT bytes
// without a newline, both in writes of 64 kB.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr size_t kBlock = 65'536;

int beat(long count, long gap_us) {
  const char* path = getenv("NOTIFY_SOCKET");
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path == nullptr || strlen(path) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, path);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
  for (; count > 0; --count) {
    usleep(static_cast<useconds_t>(gap_us));
    char text[64];
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int size = snprintf(text, sizeof text, "STATUS=%ld", now.tv_sec * 1'000'000'000 + now.tv_nsec);
    if (send(fd, text, static_cast<size_t>(size), MSG_NOSIGNAL) < 0) return 1;
  }
  return pause();
}

int pour(const char (&block)[kBlock], size_t unit, size_t total) {
  for (size_t left = total; left > 0;) {
    const ssize_t written = write(1, block, left < unit ? left : unit);
    if (written <= 0) return 1;
    left -= static_cast<size_t>(written);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  static char block[kBlock];
  const long number = atol(argv[2]);
  memset(block, 'x', sizeof block);
  if (strcmp(argv[1], "bytes") == 0) return pour(block, kBlock, static_cast<size_t>(number));
  if (strcmp(argv[1], "lines") != 0) return beat(atol(argv[1]), number);
  block[99] = '\n';
  return pour(block, 100, static_cast<size_t>(number) * 100);
}
