#include "runtime/new_record.h"

#include <unistd.h>

#include <ctime>

#include "base/text.h"
#include "base/utc.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

std::string now_text() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return utc_text(now);
}

}  // namespace

contract::ContainerRecord new_record(const Bundle& bundle, const std::string& id) {
  contract::ContainerRecord record;
  record.oci_version = bundle.config.oci_version;
  record.id = id;
  record.bundle = bundle.path;
  record.rootfs = bundle.rootfs;
  record.created = now_text();
  record.annotations = bundle.config.annotations;
  record.owner = ::geteuid();
  if (!bundle.config.process.terminal) record.descriptors = standard_streams();
  return record;
}

std::vector<std::string> standard_streams() {
  std::vector<std::string> names;
  names.reserve(3);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    names.push_back(sys::read_link(concat("/proc/self/fd/", fd)).value_or(std::string()));
  return names;
}

}  // namespace berth::runtime
