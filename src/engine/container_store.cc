#include "engine/container_store.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"

namespace berth::engine {

namespace {

constexpr std::int64_t kSchema = 1;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

constexpr std::string_view kColumns =
    "SELECT config, phase, pid, pid_start, monitor_pid, monitor_start, boot_id, exit_code, oom_killed, "
    "error, "
    "cgroup, created, started, finished, name FROM containers ";

Result<Container> read_row(const Statement& row) {
  TRY_ASSIGN(auto config, decode_config(row.text(0), "the database"));
  const auto phase = parse_phase(row.text(1));
  if (!phase) return Error::message(concat("database: unknown phase \"", row.text(1), "\""));
  config.name = row.text(14);
  return Container{.config = std::move(config),
                   .status = {.phase = *phase,
                              .pid = static_cast<pid_t>(row.integer(2)),
                              .pid_start = static_cast<std::uint64_t>(row.integer(3)),
                              .monitor_pid = static_cast<pid_t>(row.integer(4)),
                              .monitor_start = static_cast<std::uint64_t>(row.integer(5)),
                              .boot_id = row.text(6),
                              .exit_code = static_cast<int>(row.integer(7)),
                              .oom_killed = row.integer(8) != 0,
                              .error = row.text(9),
                              .cgroup = row.text(10),
                              .created_ns = row.integer(11),
                              .started_ns = row.integer(12),
                              .finished_ns = row.integer(13)}};
}

// Binds what changes in a container's life to the parameters first … first + 12; returns the next one.
int bind_status(Statement& statement, const ContainerStatus& status, int first) {
  statement.bind(first, phase_name(status.phase));
  statement.bind(first + 1, std::int64_t{status.pid});
  statement.bind(first + 2, static_cast<std::int64_t>(status.pid_start));
  statement.bind(first + 3, std::int64_t{status.monitor_pid});
  statement.bind(first + 4, static_cast<std::int64_t>(status.monitor_start));
  statement.bind(first + 5, status.boot_id);
  statement.bind(first + 6, std::int64_t{status.exit_code});
  statement.bind(first + 7, std::int64_t{status.oom_killed ? 1 : 0});
  statement.bind(first + 8, status.error);
  statement.bind(first + 9, status.cgroup);
  statement.bind(first + 10, status.created_ns);
  statement.bind(first + 11, status.started_ns);
  statement.bind(first + 12, status.finished_ns);
  return first + 13;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<ContainerStore> ContainerStore::open(const Paths& paths) {
  TRY_ASSIGN(auto database, Database::open(paths.database()));
  ContainerStore store(std::move(database));
  TRY_ASSIGN(const auto version, store.database_.user_version());
  if (version < kSchema) TRY(store.migrate());
  if (version > kSchema) {
    return Error::message(concat(paths.database(), " was written by a later berth (schema ", version,
                                 ", this one knows ", kSchema, ")"));
  }
  return store;
}

Result<void> ContainerStore::migrate() {
  // Outside of the transaction, where SQLite wants it; it is a property of the file and stays.
  TRY(database_.run("PRAGMA journal_mode = WAL"));
  TRY_ASSIGN(auto transaction, Transaction::begin(database_));
  TRY_ASSIGN(const auto version, database_.user_version());
  if (version >= kSchema) return {};  // another command was faster
  TRY(database_.run(
      "CREATE TABLE containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, config TEXT NOT NULL, "
      "phase TEXT NOT NULL, pid INTEGER NOT NULL, pid_start INTEGER NOT NULL, monitor_pid INTEGER NOT "
      "NULL, monitor_start INTEGER NOT NULL, boot_id TEXT NOT NULL, exit_code INTEGER NOT NULL, "
      "oom_killed INTEGER NOT NULL, error TEXT NOT NULL, cgroup TEXT NOT NULL, created INTEGER NOT "
      "NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL) WITHOUT ROWID"));
  TRY(database_.run(
      "CREATE TABLE exits (id TEXT PRIMARY KEY, exit_code INTEGER NOT NULL, finished INTEGER NOT NULL) "
      "WITHOUT ROWID"));
  TRY(database_.run(concat("PRAGMA user_version = ", kSchema)));
  return transaction.commit();
}

Result<void> ContainerStore::insert(const Container& container) {
  TRY_ASSIGN(auto transaction, Transaction::begin(database_));
  TRY_ASSIGN(const auto taken, find_name(container.config.name));
  if (taken) {
    return Error::message(concat("the container name \"", container.config.name, "\" is already in use by ",
                                 taken->config.id, ": remove that container first, or use --replace"),
                          EEXIST);
  }
  TRY_ASSIGN(
      auto statement,
      database_.prepare("INSERT INTO containers (phase, pid, pid_start, monitor_pid, monitor_start, boot_id, "
                        "exit_code, oom_killed, error, cgroup, created, started, finished, id, name, config) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  const int next = bind_status(statement, container.status, 1);
  statement.bind(next, container.config.id);
  statement.bind(next + 1, container.config.name);
  statement.bind(next + 2, encode(container.config));
  TRY(statement.run());
  TRY_ASSIGN(auto prune, database_.prepare("DELETE FROM exits WHERE finished < ?"));
  prune.bind(1, container.status.created_ns - kExitsKeptSeconds * kNsPerSecond);
  TRY(prune.run());
  return transaction.commit();
}

Result<std::optional<Container>> ContainerStore::one(Statement statement) {
  TRY_ASSIGN(const bool row, statement.step());
  if (!row) return std::optional<Container>();
  TRY_ASSIGN(auto container, read_row(statement));
  return std::optional(std::move(container));
}

Result<std::optional<Container>> ContainerStore::load(const std::string& id) {
  TRY_ASSIGN(auto statement, database_.prepare(concat(kColumns, "WHERE id = ?")));
  statement.bind(1, id);
  return one(std::move(statement));
}

Result<std::optional<Container>> ContainerStore::find_name(std::string_view name) {
  TRY_ASSIGN(auto statement, database_.prepare(concat(kColumns, "WHERE name = ?")));
  statement.bind(1, name);
  return one(std::move(statement));
}

Result<Container> ContainerStore::find(std::string_view name_or_id) {
  TRY_ASSIGN(auto named, find_name(name_or_id));
  if (named) return std::move(*named);
  const auto none = [&] {
    return Error::message(
        concat("no container with name or ID \"", name_or_id, "\" found: no such container"), ENOENT);
  };
  if (name_or_id.empty() || !is_hex(name_or_id)) return none();
  TRY_ASSIGN(auto statement, database_.prepare(concat(kColumns, "WHERE id >= ? AND id < ? LIMIT 2")));
  statement.bind(1, name_or_id);
  statement.bind(2, concat(name_or_id, "g"));  // the first text that no hexadecimal digit continues to
  TRY_ASSIGN(const bool first, statement.step());
  if (!first) return none();
  TRY_ASSIGN(auto container, read_row(statement));
  TRY_ASSIGN(const bool second, statement.step());
  if (second) {
    return Error::message(concat("more than one container has an ID that begins with \"", name_or_id, "\""),
                          EINVAL);
  }
  return container;
}

Result<std::vector<Container>> ContainerStore::list() {
  TRY_ASSIGN(auto statement, database_.prepare(concat(kColumns, "ORDER BY created")));
  std::vector<Container> containers;
  while (true) {
    TRY_ASSIGN(const bool row, statement.step());
    if (!row) return containers;
    TRY_ASSIGN(auto container, read_row(statement));
    containers.push_back(std::move(container));
  }
}

Result<void> ContainerStore::save(const std::string& id, const ContainerStatus& status) {
  TRY_ASSIGN(auto transaction, Transaction::begin(database_));
  TRY_ASSIGN(auto statement,
             database_.prepare(
                 "UPDATE containers SET phase = ?, pid = ?, pid_start = ?, monitor_pid = ?, "
                 "monitor_start = ?, boot_id = ?, exit_code = ?, oom_killed = ?, error = ?, cgroup = ?, "
                 "created = ?, started = ?, finished = ? WHERE id = ?"));
  const int next = bind_status(statement, status, 1);
  statement.bind(next, id);
  TRY(statement.run());
  if (status.phase == Phase::exited) {
    TRY_ASSIGN(auto exit, database_.prepare("INSERT OR REPLACE INTO exits VALUES (?, ?, ?)"));
    exit.bind(1, id);
    exit.bind(2, std::int64_t{status.exit_code});
    exit.bind(3, status.finished_ns);
    TRY(exit.run());
  }
  return transaction.commit();
}

Result<void> ContainerStore::rename(const std::string& id, const std::string& name) {
  TRY_ASSIGN(auto statement, database_.prepare("UPDATE containers SET name = ? WHERE id = ?"));
  statement.bind(1, name);
  statement.bind(2, id);
  auto renamed = statement.run();
  if (!renamed && renamed.error().is(EEXIST)) {
    return Error::message(concat("the container name \"", name, "\" is already in use"), EEXIST);
  }
  return renamed;
}

Result<void> ContainerStore::remove(const std::string& id) {
  TRY_ASSIGN(auto statement, database_.prepare("DELETE FROM containers WHERE id = ?"));
  statement.bind(1, id);
  return statement.run();
}

Result<std::optional<ExitEntry>> ContainerStore::last_exit(const std::string& id) {
  TRY_ASSIGN(auto statement, database_.prepare("SELECT exit_code, finished FROM exits WHERE id = ?"));
  statement.bind(1, id);
  TRY_ASSIGN(const bool row, statement.step());
  if (!row) return std::optional<ExitEntry>();
  return std::optional(
      ExitEntry{.exit_code = static_cast<int>(statement.integer(0)), .finished_ns = statement.integer(1)});
}

}  // namespace berth::engine
