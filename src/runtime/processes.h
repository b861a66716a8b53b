// `ps`: the processes of a container, as the host numbers them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace berth::runtime {

[[nodiscard]] Result<std::vector<pid_t>> processes(const std::string& root, const std::string& id);

// The lines of `ps` (with `options`, -ef by default) that belong to these processes, below its heading. EINVAL when the
// options make it print no column PID.
[[nodiscard]] Result<std::string> process_table(const std::vector<pid_t>& pids,
                                                std::vector<std::string> options);
[[nodiscard]] Result<std::string> select_rows(std::string_view ps_output, const std::vector<pid_t>& pids);

}  // namespace berth::runtime
