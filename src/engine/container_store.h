// The containers in the database: one row each. A row is the first thing that a container has and the last that it
// loses, so whatever lies about under the two roots belongs to a row or to nobody.
//
//   containers(id, name, config, phase, pid, …)   one a container
//   exits(id, exit_code, finished)                how containers ended, kept for kExitsKeptSeconds so that whoever
//                                                 waits for a container that removes itself learns its status
//
// The schema's version is PRAGMA user_version; a database of a later version is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/container.h"
#include "engine/database.h"
#include "engine/paths.h"

namespace berth::engine {

inline constexpr std::int64_t kExitsKeptSeconds = 300;

struct ExitEntry {
  int exit_code = 0;
  std::int64_t finished_ns = 0;
};

class ContainerStore {
 public:
  // Opens the database of `paths` (its directories exist) and brings its schema up to date.
  static Result<ContainerStore> open(const Paths& paths);

  // EEXIST names the container that has the name already.
  [[nodiscard]] Result<void> insert(const Container& container);
  // nullopt when the row is gone.
  [[nodiscard]] Result<std::optional<Container>> load(const std::string& id);
  // By full id, name, or a beginning of an id that only one container has. ENOENT, or EINVAL when several match.
  [[nodiscard]] Result<Container> find(std::string_view name_or_id);
  [[nodiscard]] Result<std::optional<Container>> find_name(std::string_view name);
  // The oldest first.
  [[nodiscard]] Result<std::vector<Container>> list();
  [[nodiscard]] Result<void> save(const std::string& id, const ContainerStatus& status);
  [[nodiscard]] Result<void> rename(const std::string& id, const std::string& name);
  [[nodiscard]] Result<void> remove(const std::string& id);

  // How the container ended last; save() records it whenever the phase is exited.
  [[nodiscard]] Result<std::optional<ExitEntry>> last_exit(const std::string& id);

 private:
  explicit ContainerStore(Database database) : database_(std::move(database)) {}
  Result<void> migrate();
  static Result<std::optional<Container>> one(Statement statement);

  Database database_;
};

}  // namespace berth::engine
