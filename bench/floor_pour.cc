// floor-pour FILE COMMAND...: the bare kernel work of keeping COMMAND's output in FILE, and nothing else.
//
// One pipe, read(2) of up to 256 kB, write(2) of what was read: no entry, no time, no look at the bytes. Prints its own CPU
// time, user and system, in microseconds. Exit: 125 with a line on failure.
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kPipe = 512 * 1024;
char chunk[256 * 1024];

void must(long result, const char* step) {
  if (result >= 0) return;
  perror(step);
  _exit(125);
}

int start(char** command) {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC), "pipe2");
  must(fcntl(ends[0], F_SETPIPE_SZ, kPipe), "F_SETPIPE_SZ");
  const pid_t child = fork();
  must(child, "fork");
  if (child == 0) {
    must(dup2(ends[1], STDOUT_FILENO), "dup2");
    execvp(command[0], command);
    must(-1, command[0]);
  }
  close(ends[1]);
  return ends[0];
}

void pour(int from, int to) {
  ssize_t size = 0;
  while ((size = read(from, chunk, sizeof chunk)) > 0)
    must(write(to, chunk, static_cast<size_t>(size)), "write");
  must(size, "read");
}

long microseconds(const timeval& time) {
  return time.tv_sec * 1'000'000 + time.tv_usec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return fprintf(stderr, "Usage: floor-pour FILE COMMAND...\n"), 125;
  const int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  must(file, argv[1]);
  pour(start(argv + 2), file);
  int status = 0;
  must(wait(&status), "wait");
  rusage usage{};
  must(getrusage(RUSAGE_SELF, &usage), "getrusage");
  printf("%ld\n", microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
