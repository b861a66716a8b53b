#include "engine/runtime_call.h"

#include <gtest/gtest.h>

namespace berth::engine {
namespace {

constexpr const char* kRunc =
    "time=\"2026-11-21T20:20:26Z\" level=error msg=\"runc create failed: unable to start container process: "
    "exec: "
    "\\\"/bin/x\\\": stat /bin/x: no such file or directory\"\n";

TEST(RuntimeError, IsTheLastLineOfWhatTheRuntimeSaid) {
  EXPECT_EQ(runtime_error("a warning\nmount failed\n").to_string(), "mount failed");
  EXPECT_EQ(runtime_error("").to_string(), "the OCI runtime failed without a word");
}

TEST(RuntimeError, IsTakenOutOfLogLines) {
  EXPECT_EQ(runtime_error(R"({"level":"error","msg":"no such container","time":"x"})").to_string(),
            "no such container");
  EXPECT_EQ(runtime_error(kRunc).to_string(),
            "runc create failed: unable to start container process: exec: \"/bin/x\": stat /bin/x: no such "
            "file or directory");
  EXPECT_EQ(runtime_error("{broken").to_string(), "{broken");
}

TEST(RuntimeError, KnowsWhenTheCommandIsMissing) {
  for (const char* text : {kRunc, "executable file `/bin/x` not found in $PATH: No such file or directory",
                           "exec: \"x\": executable file not found in $PATH",
                           "berth-runtime: start container: exec /tmp/s: No such file or directory"}) {
    EXPECT_EQ(runtime_error(text).exit_code(), kExitNotFound) << text;
  }
}

TEST(RuntimeError, KnowsWhenTheCommandCannotBeExecuted) {
  for (const char* text : {"exec: \"/etc/passwd\": permission denied", "exec: \"/x\": exec format error",
                           "open executable: Permission denied", "exec: \"/etc\": is a directory"}) {
    EXPECT_EQ(runtime_error(text).exit_code(), kExitNotExecutable) << text;
  }
}

TEST(RuntimeError, DoesNotBlameTheCommandForAMissingMount) {
  EXPECT_EQ(runtime_error("mount /data: stat /srv: no such file or directory").exit_code(), kExitOurs);
}

}  // namespace
}  // namespace berth::engine
