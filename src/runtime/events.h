// `events`: what a container uses, and when it runs out of memory, as runc prints it: one JSON object a line.
//
//   {"type":"stats","id":"web","data":{…}}      cgroup/stats_json.h
//   {"type":"oom","id":"web"}
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace berth::runtime {

// One line of statistics, without the line feed.
[[nodiscard]] Result<std::string> stats_line(const std::string& root, const std::string& id);

// Gives a line of statistics every `interval` and one for each OOM kill to `print`, until the container has ended or
// `print` fails.
[[nodiscard]] Result<void> follow_events(const std::string& root, const std::string& id,
                                         std::chrono::nanoseconds interval,
                                         const std::function<Result<void>(std::string_view)>& print);

}  // namespace berth::runtime
