#include "engine/mount_request.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

// What -v may say after the second colon. "z" and "Z" relabel for SELinux, which we do not run under: taken, without
// effect.
constexpr std::array<std::string_view, 29> kVolumeOptions = {
    "ro",         "rw",          "z",     "Z",      "bind",       "rbind",       "private",  "rprivate",
    "shared",     "rshared",     "slave", "rslave", "exec",       "noexec",      "suid",     "nosuid",
    "dev",        "nodev",       "copy",  "nocopy", "unbindable", "runbindable", "relatime", "noatime",
    "nodiratime", "strictatime", "sync",  "async",  "norelatime"};

Error bad(std::string_view flag, std::string_view text, std::string_view what) {
  return Error::invalid(concat(flag, " \"", text, "\""), what);
}

bool has(const std::vector<std::string>& options, std::string_view option) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

Result<void> check_destination(std::string_view flag, std::string_view text, std::string_view destination) {
  if (!destination.starts_with('/')) {
    return bad(flag, text, concat("expected an absolute path in the container, found \"", destination, "\""));
  }
  if (destination == "/") return bad(flag, text, "the container's root cannot be mounted over");
  for (const std::string_view part : split(destination, '/')) {
    if (part == "..") return bad(flag, text, "the path in the container has \"..\"");
  }
  return {};
}

// A bind mount is recursive unless told otherwise, and stays with the container: "rprivate".
void complete_bind(std::vector<std::string>& options) {
  options.erase(std::remove_if(options.begin(), options.end(),
                               [](const std::string& o) {
                                 return o == "z" || o == "Z" || o == "copy" || o == "nocopy";
                               }),
                options.end());
  if (!has(options, "bind") && !has(options, "rbind")) options.emplace_back("rbind");
  constexpr std::array<std::string_view, 8> kPropagation = {
      "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"};
  if (std::none_of(kPropagation.begin(), kPropagation.end(), [&](auto name) { return has(options, name); })) {
    options.emplace_back("rprivate");
  }
}

Result<std::string> host_path(std::string_view flag, std::string_view text, std::string_view source) {
  std::string path = sys::absolute_path(std::string(source));
  TRY_ASSIGN(const bool there, sys::exists(path));
  if (!there) return bad(flag, text, concat(path, ": no such file or directory"));
  return path;
}

}  // namespace

Result<MountRequest> parse_volume(std::string_view text) {
  const auto fields = split(text, ':');
  if (fields.size() < 2 || fields.size() > 3 || fields[0].empty()) {
    return bad("--volume", text, "expected SOURCE:DESTINATION[:OPTIONS]");
  }
  if (!fields[0].starts_with('/') && !fields[0].starts_with('.')) {
    return bad("--volume", text, "named volumes are not supported: give a path that begins with / or .");
  }
  TRY(check_destination("--volume", text, fields[1]));
  MountRequest mount{.destination = std::string(fields[1])};
  TRY_ASSIGN(mount.source, host_path("--volume", text, fields[0]));
  for (const std::string_view option : fields.size() == 3 ? split(fields[2], ',') : split("rw", ',')) {
    if (std::find(kVolumeOptions.begin(), kVolumeOptions.end(), option) == kVolumeOptions.end()) {
      return bad("--volume", text, concat("unknown option \"", option, "\""));
    }
    mount.options.emplace_back(option);
  }
  complete_bind(mount.options);
  return mount;
}

namespace {

// Where from, where to, what.
bool take_place(std::string_view key, std::string_view value, MountRequest& mount) {
  if (key == "type") {
    mount.type = value;
  } else if (key == "source" || key == "src") {
    mount.source = value;
  } else if (key == "destination" || key == "dst" || key == "target") {
    mount.destination = value;
  } else {
    return false;
  }
  return true;
}

// How; "ro" alone stands for "ro=true".
bool take_option(std::string_view key, std::string_view value, std::vector<std::string>& options) {
  const bool yes = value.empty() || value == "true";
  if (key == "ro" || key == "readonly") {
    options.emplace_back(yes ? "ro" : "rw");
  } else if (key == "rw") {
    options.emplace_back(yes ? "rw" : "ro");
  } else if (key == "bind-propagation") {
    options.emplace_back(value);
  } else if (key == "bind-nonrecursive") {
    if (yes) options.emplace_back("bind");
  } else if (key == "tmpfs-size" || key == "tmpfs-mode") {
    options.push_back(concat(key.substr(6), '=', value));
  } else if (value.empty() &&
             std::find(kVolumeOptions.begin(), kVolumeOptions.end(), key) != kVolumeOptions.end()) {
    options.emplace_back(key);
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<MountRequest> parse_mount(std::string_view text) {
  MountRequest mount{.type = ""};
  for (const std::string_view field : split(text, ',')) {
    const auto pair = split_once(field, '=').value_or(std::pair{field, std::string_view()});
    if (!take_place(pair.first, pair.second, mount) && !take_option(pair.first, pair.second, mount.options)) {
      return bad("--mount", text, concat("unknown field \"", pair.first, "\""));
    }
  }
  if (mount.type != "bind" && mount.type != "tmpfs") {
    return bad("--mount", text, concat("expected type=bind or type=tmpfs, found \"", mount.type, "\""));
  }
  TRY(check_destination("--mount", text, mount.destination));
  if (mount.type == "tmpfs") return mount;
  if (mount.source.empty()) return bad("--mount", text, "a bind mount needs source=");
  TRY_ASSIGN(mount.source, host_path("--mount", text, mount.source));
  complete_bind(mount.options);
  return mount;
}

Result<MountRequest> parse_tmpfs(std::string_view text) {
  const auto pair = split_once(text, ':');
  MountRequest mount{.type = "tmpfs", .destination = std::string(pair ? pair->first : text)};
  TRY(check_destination("--tmpfs", text, mount.destination));
  if (pair) {
    for (const std::string_view option : split(pair->second, ',')) mount.options.emplace_back(option);
  }
  return mount;
}

}  // namespace berth::engine
