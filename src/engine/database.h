// SQLite as a value type: a connection, and a statement that binds and reads. Facade over sqlite3.h; the only
// file that includes it.
//
//   TRY_ASSIGN(auto rows, database.prepare("SELECT id FROM containers WHERE name = ?"));
//   rows.bind(1, name);
//   while (true) {
//     TRY_ASSIGN(const bool row, rows.step());
//     if (!row) break;
//     use(rows.text(0));
//   }
//
// Write-ahead log, synchronous=NORMAL: a killed process loses nothing, a power cut at worst the last changes,
// never the file. Readers and the one writer do not wait for one another; two writers wait kBusyTimeoutMs.
// A connection must not be used on both sides of a fork.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace berth::engine {

inline constexpr int kBusyTimeoutMs = 30'000;

class Statement {
 public:
  void bind(int index, std::int64_t value);  // index counts from 1
  void bind(int index, std::string_view value);
  // True: a row is there. False: the end.
  [[nodiscard]] Result<bool> step();
  // Runs a statement that has no rows.
  [[nodiscard]] Result<void> run();
  [[nodiscard]] std::int64_t integer(int column) const;  // column counts from 0
  [[nodiscard]] std::string text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // Opens or creates `path`. The file is 0600.
  static Result<Database> open(const std::string& path);

  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  [[nodiscard]] Result<void> run(std::string_view sql);  // one statement without values
  [[nodiscard]] Result<std::int64_t> user_version();
  // Rows that the last statement changed.
  [[nodiscard]] std::int64_t changes() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}
  std::unique_ptr<sqlite3, Close> connection_;
};

// BEGIN IMMEDIATE … COMMIT; rolls back unless committed. The database must outlive it.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace berth::engine
