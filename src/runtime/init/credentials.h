// Who the payload is: user, groups, capabilities, umask, working directory. credentials(7), capabilities(7).
#pragma once

#include "runtime/init/context.h"

namespace berth::runtime::init {

// The working directory is made when it is missing (runc's habit), before the root becomes read-only.
void make_working_directory(Context& context) noexcept;
// Found inside the root, through no magic link: a link to /proc/self/fd/N does not lead out.
void open_working_directory(Context& context) noexcept;
// As the payload's user, and then checked: it must be below the root of the process.
void enter_working_directory(Context& context) noexcept;

// From all privileges to the payload's, in the order that the kernel needs.
void assume_credentials(Context& context) noexcept;

}  // namespace berth::runtime::init
