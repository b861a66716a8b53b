// tmpcopyup: a tmpfs that begins with what the image has in its place.
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

// Copies the tree below `from` into `to`: files, directories, links, nodes, with owner, mode and times. Stays on
// the filesystem of `from`; follows no link.
void copy_up(Context& context, const MountPlan& plan, int from, int to) noexcept;

}  // namespace berth::runtime::init
