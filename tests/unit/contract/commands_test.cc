#include <gtest/gtest.h>

#include "base/text.h"
#include "contract/monitor_command.h"
#include "contract/runtime_command.h"

namespace berth::contract {
namespace {

TEST(MonitorCommand, DefaultsProduceNoFlag) {
  EXPECT_EQ(to_argv({}, "conmon"), std::vector<std::string>{"conmon"});
}

TEST(MonitorCommand, EveryValueFollowsItsFlag) {
  MonitorOptions options{.api_version = 1, .cid = "c", .log_paths = {"k8s-file:/a", "journald"}};
  options.terminal = true;
  options.log_size_max = 10;
  EXPECT_EQ(
      join(to_argv(options, "m"), " "),
      "m --api-version 1 --cid c --terminal --log-path k8s-file:/a --log-path journald --log-size-max 10");
}

TEST(RuntimeCommand, CreateIsRuncs) {
  const RuntimeProgram runtime{.path = "/bin/crun", .args = {"--root", "/r"}, .systemd_cgroup = true};
  EXPECT_EQ(
      join(create_command(runtime, {.bundle = "/b", .pid_file = "/p", .console_socket = "/s"}, "id"), " "),
      "/bin/crun --systemd-cgroup --root /r create --bundle /b --pid-file /p --console-socket /s id");
  EXPECT_EQ(
      join(create_command({.path = "crun"}, {.bundle = "/b", .pid_file = "/p", .restore_from = "/c"}, "id"),
           " "),
      "crun restore --bundle /b --pid-file /p --detach --image-path /c --work-path /b id");
}

TEST(RuntimeCommand, TheIdComesBeforeTheSignal) {
  EXPECT_EQ(join(kill_command({.path = "runc"}, "id", "SIGTERM", true), " "), "runc kill --all id SIGTERM");
  EXPECT_EQ(join(delete_command({.path = "runc"}, "id", true), " "), "runc delete --force id");
  EXPECT_EQ(join(exec_command({.path = "runc"}, {.pid_file = "/p", .process_spec = "/j"}, "id"), " "),
            "runc exec --pid-file /p --process /j --detach id");
}

}  // namespace
}  // namespace berth::contract
