// The limits of a container as properties of its unit: systemd.resource-control(5).
//
// systemd writes all files of a controller when one property of it changes. What it does not know as a property it writes back to
// the default, so each limit that has one is told: also those of `unified`, the weight of the disks and an idle CPU weight. What has
// none (bursts, throttles by number, huge pages) stands in files that systemd does not touch.
#pragma once

#include <vector>

#include "base/result.h"
#include "spec/resources.h"
#include "systemd/property_value.h"

namespace berth::runtime {

// Of `unified` those whose values can be read: the others are the kernel's to judge. Where two set the same property the later one
// wins, and `unified` is last, as its files are written last.
[[nodiscard]] Result<std::vector<systemd::UnitProperty>> limit_properties(const spec::Resources& resources);

// CPUWeight=idle is known since version 252; an older manager would refuse the whole request.
inline constexpr unsigned kIdleWeightVersion = 252;
[[nodiscard]] bool is_idle(const spec::Resources& resources);
[[nodiscard]] systemd::UnitProperty idle_weight();

}  // namespace berth::runtime
