// criu(8), which saves and restores processes, as a program that we talk to (contract/criu_rpc.h).
//
//   TRY_ASSIGN(auto criu, Criu::start({}));
//   TRY(criu.call(contract::CriuCall::dump, options, log_path, [](CriuNotice notice) { … }));
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/criu_rpc.h"
#include "sys/child.h"

namespace berth::runtime {

struct CriuNotice {
  std::string name;
  pid_t pid = 0;  // of the root of the processes
  UniqueFd fd;    // "orphan-pts-master" brings one
};
// An error lets criu undo what it has done; it is then what call() returns.
using CriuListener = std::function<Result<void>(CriuNotice)>;

class Criu {
 public:
  static constexpr int kFirstPassed = 4;
  // Our standard streams become criu's, and those that restored processes inherit; `passed` have the numbers from
  // kFirstPassed on there. ENOENT: criu is not installed.
  static Result<Criu> start(const std::vector<FdRef>& passed);

  [[nodiscard]] pid_t pid() const noexcept { return process_.pid(); }

  // One request, to its end; then criu is gone. The error is criu's own reason, which it takes from the log if it must.
  // What is restored becomes our child.
  Result<void> call(contract::CriuCall call, const contract::CriuOptions& options,
                    const std::string& log_path, const CriuListener& listener) &&;

 private:
  Criu(sys::Child process, UniqueFd socket) : process_(std::move(process)), socket_(std::move(socket)) {}
  Result<contract::CriuResponse> converse(const CriuListener& listener);

  sys::Child process_;
  UniqueFd socket_;
};

// A file of further options of criu's: the annotation org.criu.config, or the one that runc has; empty: none.
[[nodiscard]] std::string criu_config_file(const std::map<std::string, std::string>& annotations);

}  // namespace berth::runtime
