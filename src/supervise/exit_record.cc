#include "supervise/exit_record.h"

#include "base/log.h"
#include "contract/exit_file.h"
#include "sys/file.h"

namespace berth::supervise {

namespace {

bool write_status(const std::string& path, int status) noexcept {
  if (path.empty()) return true;
  const auto written = contract::write_exit_file(path, status);
  if (!written) log::error("write exit status ", status, ": ", written.error().to_string());
  return written.has_value();
}

void mark(const std::string& path) noexcept {
  if (path.empty()) return;
  if (const auto written = sys::write_file(path, {}, 0644); !written)
    log::error("write oom file: ", written.error().to_string());
}

}  // namespace

bool record_exit(const ExitPlaces& places, int status) noexcept {
  const bool exit_file = write_status(places.exit_file, status);
  const bool persist_file = write_status(places.persist_file, status);
  return exit_file && persist_file;
}

void record_oom(const OomPlaces& places) noexcept {
  mark(places.bundle_file);
  mark(places.persist_file);
}

}  // namespace berth::supervise
