// `list` and `state`: what is known of containers, without disturbing them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "contract/state.h"

namespace berth::runtime {

struct ListedContainer {
  contract::ContainerRecord record;
  contract::Status status = contract::Status::stopped;
};

// Those that vanish meanwhile, or whose creation has not begun to be recorded, are left out.
[[nodiscard]] Result<std::vector<ListedContainer>> list(const std::string& root);
[[nodiscard]] Result<ListedContainer> find(const std::string& root, const std::string& id);

// The login name of a uid by /etc/passwd of the host; "#1000" when it has none.
[[nodiscard]] std::string owner_name(uid_t uid);
// The documents of runc's `state`, `list --format json` and `list`.
[[nodiscard]] std::string state_document(const ListedContainer& container);
[[nodiscard]] std::string list_document(const std::vector<ListedContainer>& containers);
[[nodiscard]] std::string list_table(const std::vector<ListedContainer>& containers);

}  // namespace berth::runtime
