// The verbs of `berth`: each is one file here that parses flags and calls one function of src/.
#pragma once

#include "base/result.h"
#include "common/flags.h"

namespace berth {

// Gets what follows its name on the command line; returns the exit code.
Result<int> notify(const flags::Arguments& args);
Result<int> notify_exec(const flags::Arguments& args);
Result<int> notify_send(const flags::Arguments& args);

}  // namespace berth
