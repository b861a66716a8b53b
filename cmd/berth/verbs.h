// The verbs of `berth`: each is one file here that parses flags and calls one function of src/.
#pragma once

#include "base/result.h"
#include "common/flags.h"

namespace berth {

// Gets what follows its name on the command line; returns the exit code.
Result<int> attach(const flags::Arguments& args);
Result<int> container(const flags::Arguments& args);  // verbs about containers, podman's longer spelling
Result<int> container_cleanup(const flags::Arguments& args);
Result<int> create(const flags::Arguments& args);
Result<int> exec(const flags::Arguments& args);
Result<int> info(const flags::Arguments& args);
Result<int> inspect(const flags::Arguments& args);
Result<int> kill(const flags::Arguments& args);
Result<int> logs(const flags::Arguments& args);
Result<int> ps(const flags::Arguments& args);
Result<int> rename(const flags::Arguments& args);
Result<int> rm(const flags::Arguments& args);
Result<int> run(const flags::Arguments& args);
Result<int> start(const flags::Arguments& args);
Result<int> stop(const flags::Arguments& args);
Result<int> version(const flags::Arguments& args);
Result<int> wait(const flags::Arguments& args);

Result<int> notify(const flags::Arguments& args);
Result<int> notify_exec(const flags::Arguments& args);
Result<int> notify_send(const flags::Arguments& args);

}  // namespace berth
