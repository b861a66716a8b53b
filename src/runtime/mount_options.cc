#include "runtime/mount_options.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sys/mount_api.h"

namespace berth::runtime {

namespace {

// A property of the mount. `clears` marks the inverse form ("suid").
struct Attribute {
  std::string_view name;
  std::uint64_t attribute;
  bool clears;
};
constexpr std::array<Attribute, 19> kAttributes = {{
    {"ro", MOUNT_ATTR_RDONLY, false},
    {"rw", MOUNT_ATTR_RDONLY, true},
    {"nosuid", MOUNT_ATTR_NOSUID, false},
    {"suid", MOUNT_ATTR_NOSUID, true},
    {"nodev", MOUNT_ATTR_NODEV, false},
    {"dev", MOUNT_ATTR_NODEV, true},
    {"noexec", MOUNT_ATTR_NOEXEC, false},
    {"exec", MOUNT_ATTR_NOEXEC, true},
    {"noatime", MOUNT_ATTR_NOATIME, false},
    {"atime", MOUNT_ATTR_NOATIME, true},
    {"strictatime", MOUNT_ATTR_STRICTATIME, false},
    {"nostrictatime", MOUNT_ATTR_STRICTATIME, true},
    {"relatime", MOUNT_ATTR_RELATIME, false},
    {"norelatime", MOUNT_ATTR_RELATIME, true},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, false},
    {"diratime", MOUNT_ATTR_NODIRATIME, true},
    {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, false},
    {"symfollow", MOUNT_ATTR_NOSYMFOLLOW, true},
    {"defaults", 0, false},
}};

struct PropagationName {
  std::string_view name;  // without the "r"
  std::uint64_t flag;
};
constexpr std::array<PropagationName, 4> kPropagations = {{
    {"private", MS_PRIVATE},
    {"slave", MS_SLAVE},
    {"shared", MS_SHARED},
    {"unbindable", MS_UNBINDABLE},
}};

// A property of the whole filesystem, set when it is made. Its absence is the default, so inverse forms say nothing.
constexpr std::array<std::string_view, 4> kSuperblockFlags = {"sync", "dirsync", "mand", "lazytime"};
constexpr std::array<std::string_view, 8> kDefaults = {"async",      "nomand", "nolazytime", "iversion",
                                                       "noiversion", "silent", "loud",       "acl"};

struct Switch {
  std::string_view name;
  bool MountOptions::*member;
};
constexpr std::array<Switch, 6> kSwitches = {{
    {"bind", &MountOptions::bind},
    {"rbind", &MountOptions::recursive_bind},
    {"remount", &MountOptions::remount},
    {"tmpcopyup", &MountOptions::copy_up},
    {"idmap", &MountOptions::id_map},
    {"ridmap", &MountOptions::recursive_id_map},
}};

bool take_attribute(std::string_view option, MountOptions& out) {
  for (const Attribute& known : kAttributes) {
    const bool recursive = option.size() == known.name.size() + 1 && option.front() == 'r' &&
                           option.substr(1) == known.name && known.name != "defaults";
    if (option != known.name && !recursive) continue;
    std::uint64_t& on = recursive ? out.recursive_set : out.set;
    std::uint64_t& off = recursive ? out.recursive_clear : out.clear;
    // "relatime" is the kernel's default and 0: to choose an access time mode is to clear its field.
    const bool is_mode = known.attribute == MOUNT_ATTR_NOATIME || known.attribute == MOUNT_ATTR_STRICTATIME ||
                         known.name == "relatime" || known.name == "norelatime";
    if (is_mode) {
      on &= ~static_cast<std::uint64_t>(MOUNT_ATTR__ATIME);
      off |= MOUNT_ATTR__ATIME;
    }
    // The last word about an attribute counts.
    if (known.clears) {
      on &= ~known.attribute;
      if (!is_mode) off |= known.attribute;
    } else {
      if (!is_mode) off &= ~known.attribute;
      on |= known.attribute;
    }
    return true;
  }
  return false;
}

bool take_propagation(std::string_view option, MountOptions& out) {
  const bool recursive = option.starts_with('r');
  const std::string_view name = recursive ? option.substr(1) : option;
  for (const PropagationName& known : kPropagations) {
    if (name != known.name) continue;
    out.propagation.emplace_back(known.flag, recursive);
    return true;
  }
  return false;
}

bool take_switch(std::string_view option, MountOptions& out) {
  for (const Switch& known : kSwitches) {
    if (option != known.name) continue;
    out.*known.member = true;
    return true;
  }
  return std::find(kDefaults.begin(), kDefaults.end(), option) != kDefaults.end();
}

}  // namespace

MountOptions parse_mount_options(const std::vector<std::string>& options) {
  MountOptions out;
  for (const std::string& option : options) {
    if (option.empty())
      continue;  // says nothing to mount(2) either; podman 5 gives one to rootless tmpfs mounts
    if (take_attribute(option, out) || take_propagation(option, out) || take_switch(option, out)) continue;
    const auto assignment = split_once(option, '=');
    out.data.emplace_back(assignment ? assignment->first : option, assignment ? assignment->second : "");
  }
  out.bind = out.bind || out.recursive_bind;
  out.id_map = out.id_map || out.recursive_id_map;
  return out;
}

std::vector<std::string> known_mount_options() {
  std::vector<std::string> names;
  for (const Attribute& known : kAttributes) {
    names.emplace_back(known.name);
    if (known.name != "defaults") names.push_back(concat('r', known.name));
  }
  for (const PropagationName& known : kPropagations) {
    names.emplace_back(known.name);
    names.push_back(concat('r', known.name));
  }
  for (const Switch& known : kSwitches) names.emplace_back(known.name);
  names.insert(names.end(), kSuperblockFlags.begin(), kSuperblockFlags.end());
  names.insert(names.end(), kDefaults.begin(), kDefaults.end());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace berth::runtime
