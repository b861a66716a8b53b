// Compiled filters kept on disk: podman's default profile costs libseccomp milliseconds, reading it back costs none.
//
//   <directory>/<hash>      one filter: a header, the key, the program
//
// The key is the profile itself (as canonical JSON) with the version of the compiler, and it is compared as a whole:
// the hash only finds the file. So neither a collision nor an old library can give a container another one's filter.
// The directory must be ours alone (0700, our uid, no link); it is made when missing. A cache that cannot be used is
// no error: the filter is compiled then. Safe for many processes at once (files are renamed into place).
#pragma once

#include <string>

#include "runtime/init/seccomp_filter.h"

namespace berth::runtime::init {

// compile_seccomp(), by way of the cache in `directory`.
[[nodiscard]] Result<CompiledFilter> compile_seccomp_cached(const spec::Seccomp& seccomp,
                                                            const std::string& directory);

}  // namespace berth::runtime::init
