// What fuzz targets that drive real sockets and files share: a directory of the process's own.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>

#include "base/log.h"
#include "base/text.h"
#include "sys/file.h"
#include "tests/fuzz/require.h"

namespace berth::fuzz {

// Made empty, as `prefix` and the pid; removed at the end. What the code under test logs is not shown meanwhile.
struct Scratch {
  explicit Scratch(std::string_view prefix) : path(concat(prefix, ::getpid())) {
    log::set_stderr(false);
    require(sys::make_directory(path, 0700).has_value());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { ignore(sys::remove_tree(path)); }

  const std::string path;
};

}  // namespace berth::fuzz
