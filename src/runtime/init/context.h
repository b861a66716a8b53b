// What the steps of the child share.
#pragma once

#include "base/unique_fd.h"
#include "runtime/init/plan.h"
#include "runtime/init/report.h"

namespace berth::runtime::init {

struct Context {
  const Plan& plan;
  Report& report;
  int proc = -1;  // the host's /proc
  UniqueFd root;  // the container's root (O_PATH), once it is mounted
  UniqueFd working_directory;

  // All of them were closed at once.
  void forget_descriptors() noexcept {
    proc = -1;
    static_cast<void>(root.release());
    static_cast<void>(working_directory.release());
  }
};

}  // namespace berth::runtime::init
