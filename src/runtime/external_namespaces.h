// The namespaces of a container that it has joined: they are not saved, and must be there when it is restored.
// criu(8) --external, --inherit-fd, --join-ns. The keys are runc's: "extRootNetNS".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/criu_rpc.h"
#include "spec/linux.h"

namespace berth::runtime {

// "net[4026531840]:extRootNetNS", as seen from init.
[[nodiscard]] Result<std::vector<std::string>> external_namespaces_to_dump(const spec::Linux& linux_config,
                                                                           pid_t init);

// Opens those that criu takes by descriptor, and names all in `options`. `first`: the number in criu of the first of
// the descriptors. ENOENT for one that is not there.
[[nodiscard]] Result<std::vector<UniqueFd>> external_namespaces_to_restore(const spec::Linux& linux_config,
                                                                           int first,
                                                                           contract::CriuOptions& options);

}  // namespace berth::runtime
