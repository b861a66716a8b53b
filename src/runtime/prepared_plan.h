// A plan (init/plan.h) with the owners of the descriptors that it borrows.
#pragma once

#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "runtime/init/plan.h"

namespace berth::runtime {

struct PreparedPlan {
  init::Plan plan;
  std::vector<UniqueFd> owners;

  // Keeps `fd` open for as long as the plan lives, and returns its number.
  int keep(UniqueFd fd) {
    owners.push_back(std::move(fd));
    return owners.back().get();
  }
};

}  // namespace berth::runtime
