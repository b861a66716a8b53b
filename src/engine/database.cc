#include "engine/database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/text.h"

namespace berth::engine {

namespace {

Error failure(sqlite3* connection, std::string_view operation) {
  const int code = sqlite3_extended_errcode(connection);
  const bool constraint = (code & 0xff) == SQLITE_CONSTRAINT;
  return Error::message(concat("database: ", operation, ": ", sqlite3_errmsg(connection)),
                        constraint ? EEXIST : EIO);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

void Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
}

void Statement::bind(int index, std::string_view value) {
  sqlite3_bind_text(statement_.get(), index, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(statement_.get()), sqlite3_sql(statement_.get()));
}

Result<void> Statement::run() {
  TRY_ASSIGN([[maybe_unused]] const bool row, step());
  sqlite3_reset(statement_.get());
  return {};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes), size);
}

void Database::Close::operator()(sqlite3* connection) const noexcept {
  sqlite3_close(connection);
}

Result<Database> Database::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const mode_t before = ::umask(0077);
  const int code = sqlite3_open_v2(path.c_str(), &raw,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  ::umask(before);
  Database database(raw);
  if (code != SQLITE_OK) return failure(raw, concat("open ", path));
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  // Commands are short: moving the log into the database (and its fsyncs) is left to the thousandth page.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  TRY(database.run("PRAGMA synchronous = NORMAL"));
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return failure(connection_.get(), sql);
  return Statement(statement);
}

Result<void> Database::run(std::string_view sql) {
  TRY_ASSIGN(auto statement, prepare(sql));
  return statement.run();
}

Result<std::int64_t> Database::user_version() {
  TRY_ASSIGN(auto statement, prepare("PRAGMA user_version"));
  TRY_ASSIGN([[maybe_unused]] const bool row, statement.step());
  return statement.integer(0);
}

std::int64_t Database::changes() const {
  return sqlite3_changes(connection_.get());
}

Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) ignore(database_->run("ROLLBACK"));
}

Result<void> Transaction::commit() {
  TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace berth::engine
