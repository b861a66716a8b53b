#include "berth/create_flags.h"

#include <unistd.h>

#include <algorithm>

#include "berth/globals.h"
#include "common/dispatch.h"
#include "contract/log_priority.h"
#include "engine/container_name.h"
#include "engine/detach_keys.h"
#include "engine/environment.h"
#include "engine/mount_request.h"
#include "engine/quantity.h"
#include "engine/spec_security.h"
#include "engine/user.h"
#include "json/value.h"
#include "sys/file.h"

namespace berth {

namespace {

constexpr std::int64_t kCpuPeriodUs = 100'000;

std::string summary(std::string_view verb) {
  return verb == "run" ? "Runs a command in a new container, whose root directory is DIR."
                       : "Makes a container without starting it.";
}

// ["sh", "-c"] as JSON, or one word.
Result<std::vector<std::string>> parse_entrypoint(const std::string& text) {
  if (!text.starts_with('['))
    return text.empty() ? std::vector<std::string>() : std::vector<std::string>{text};
  TRY_ASSIGN(const auto document, json::Document::parse(text, "--entrypoint"));
  std::vector<std::string> words;
  TRY(json::decode(document.root(), words));
  return words;
}

}  // namespace

CreateFlags::CreateFlags(std::string_view verb)
    : command_(concat("berth ", verb)),
      parser_(command_, "--rootfs DIR [COMMAND [ARGUMENT...]]", summary(verb)) {
  request_.config.cgroups.clear();  // decided when it is known whether a unit started us
  request_.config.runtime = globals().runtime;
  request_.config.monitor = globals().monitor;
  request_.detach_keys = engine::parse_detach_keys(engine::kDefaultDetachKeys).value_or("");
  add_identity();
  add_process();
  add_files();
  add_limits();
  add_security();
  add_service();
  add_unsupported();
}

flags::Parser& CreateFlags::size(std::string_view name, char letter, std::string_view help, bool unlimited,
                                 std::optional<std::int64_t>& target) {
  return parser_.custom(name, letter, "SIZE", help,
                        [this, name, unlimited, &target](const std::string& text) -> Result<void> {
                          auto bytes = parse_size(text, unlimited);
                          if (!bytes)
                            return parser_.error(concat("--", name, ": ", bytes.error().to_string()));
                          target = *bytes;
                          return {};
                        });
}

flags::Parser& CreateFlags::choice(std::string_view name, std::string_view metavar, std::string_view help,
                                   std::vector<std::string_view> choices, std::string& target) {
  return parser_.custom(
      name, 0, metavar, help,
      [this, name, choices = std::move(choices), &target](const std::string& text) -> Result<void> {
        if (std::find(choices.begin(), choices.end(), text) != choices.end()) {
          target = text;
          return {};
        }
        std::string known;
        for (const auto& word : choices) append(known, known.empty() ? "" : ", ", word);
        return parser_.error(concat("--", name, ": expected one of ", known, ", found \"", text, '"'));
      });
}

void CreateFlags::add_identity() {
  auto& config = request_.config;
  parser_.optional_value("rootfs", "DIR",
                         "the root directory of the container (the first operand unless given here)",
                         [this](const std::string& text) -> Result<void> {
                           rootfs_ = text != "false";
                           rootfs_path_ = text == "true" || text == "false" ? "" : text;
                           return {};
                         });
  parser_.value("name", 0, "NAME", "name of the container (default: made up)", config.name);
  parser_.toggle("replace", 0, "remove a container of that name first", request_.replace);
  parser_.toggle("rm", 0, "remove the container when it has ended", config.auto_remove);
  parser_.value("hostname", 'h', "NAME", "hostname in the container (default: its short ID)",
                config.hostname);
  parser_.custom("label", 'l', "NAME=VALUE", "attach a label",
                 [this](const auto& text) { return take_pairs(request_.config.labels, "label", text); });
  parser_.custom(
      "annotation", 0, "NAME=VALUE", "attach an annotation for the OCI runtime",
      [this](const auto& text) { return take_pairs(request_.config.annotations, "annotation", text); });
  parser_.value("cidfile", 0, "FILE", "write the container's ID to FILE", config.cid_file);
  parser_.value("pidfile", 0, "FILE", "write the pid of the container's init to FILE", config.pid_file);
  parser_.value("conmon-pidfile", 0, "FILE", "write the monitor's pid to FILE", config.conmon_pid_file);
}

void CreateFlags::add_process() {
  auto& config = request_.config;
  parser_.toggle("detach", 'd', "run in the background and print the ID", request_.detach);
  parser_.toggle("interactive", 'i', "keep stdin open", config.interactive);
  parser_.toggle("tty", 't', "give the container a terminal", config.terminal);
  parser_.toggle("sig-proxy", 0, "pass signals on to the container (default: true)", request_.sig_proxy);
  parser_.custom("detach-keys", 0, "KEYS", "keys that leave the container (default: ctrl-p,ctrl-q)",
                 [this](const std::string& text) -> Result<void> {
                   TRY_ASSIGN(request_.detach_keys, engine::parse_detach_keys(text));
                   return {};
                 });
  parser_.list("env", 'e', "NAME[=VALUE]", "set an environment variable", env_);
  parser_.list("env-file", 0, "FILE", "set the environment variables of FILE", env_files_);
  parser_.custom("entrypoint", 0, "COMMAND",
                 "what runs with the command as its arguments (a word or a JSON array)",
                 [this](const std::string& text) -> Result<void> {
                   entrypoint_ = text;
                   has_entrypoint_ = true;
                   return {};
                 });
  parser_.custom(
      "workdir", 'w', "DIR", "working directory in the container",
      [this](const std::string& text) -> Result<void> {
        if (!text.starts_with('/')) {
          return parser_.error(concat("--workdir: expected an absolute path, found \"", text, '"'));
        }
        request_.config.working_directory = text;
        return {};
      });
  parser_.custom("user", 'u', "USER[:GROUP]", "who the command runs as, by name or number",
                 [this](const std::string& text) -> Result<void> {
                   auto user = engine::parse_user(text);
                   if (!user) return parser_.error(concat("--user: ", user.error().to_string()));
                   request_.config.user = text;
                   return {};
                 });
  parser_.list("group-add", 0, "GROUP", "a further group of the user", config.groups);
  parser_.custom("umask", 0, "MASK", "umask of the command (default: 0022)",
                 [this](const std::string& text) -> Result<void> {
                   const auto mask = parse_number<std::uint32_t>(text, 8);
                   if (!mask || *mask > 0777)
                     return parser_.error("--umask: expected an octal number up to 0777");
                   request_.config.umask = *mask;
                   return {};
                 });
  parser_.custom("stop-signal", 0, "SIGNAL", "signal that stops the container (default: SIGTERM)",
                 [this](const std::string& text) -> Result<void> {
                   TRY_ASSIGN(request_.config.stop_signal,
                              engine::parse_signal(text).context("--stop-signal"));
                   return {};
                 });
  parser_.number("stop-timeout", 0, "SECONDS", "how long stop waits before it kills (default: 10)",
                 config.stop_timeout);
  parser_.number("timeout", 0, "SECONDS", "kill the container after this time", config.timeout);
}

void CreateFlags::add_files() {
  auto& config = request_.config;
  const auto mount = [this](std::string_view name, char letter, std::string_view metavar,
                            std::string_view help, Result<engine::MountRequest> (*read)(std::string_view)) {
    parser_.custom(name, letter, metavar, help, [this, read](const std::string& text) -> Result<void> {
      TRY_ASSIGN(auto mounted, read(text));
      request_.config.mounts.push_back(std::move(mounted));
      return {};
    });
  };
  mount("volume", 'v', "SOURCE:DIR[:OPTIONS]", "bind a file or directory of the host into the container",
        engine::parse_volume);
  mount("mount", 0, "type=TYPE,...", "mount a bind or a tmpfs", engine::parse_mount);
  mount("tmpfs", 0, "DIR[:OPTIONS]", "mount a tmpfs", engine::parse_tmpfs);
  parser_.list("device", 0, "HOST[:DEVICE[:rwm]]", "make a device of the host available", config.devices);
  parser_.toggle("read-only", 0, "make the root directory read-only", config.read_only);
  parser_.toggle("read-only-tmpfs", 0,
                 "with --read-only: /run, /tmp and /var/tmp are writable (default: true)",
                 config.read_only_tmpfs);
  parser_.custom("shm-size", 0, "SIZE", "size of /dev/shm (default: 64m)",
                 [this](const std::string& text) -> Result<void> {
                   TRY_ASSIGN(request_.config.shm_size, parse_size(text).context("--shm-size"));
                   return {};
                 });
}

void CreateFlags::add_limits() {
  auto& resources = request_.config.resources;
  size("memory", 'm', "memory limit", false, resources.memory);
  size("memory-swap", 0, "limit of memory and swap together (-1: none)", true, resources.memory_swap);
  size("memory-reservation", 0, "memory that is kept under pressure", false, resources.memory_reservation);
  parser_.custom("cpus", 0, "NUMBER", "number of CPUs", [this](const std::string& text) -> Result<void> {
    TRY_ASSIGN(const auto thousandths, engine::parse_thousandths(text).context("--cpus"));
    request_.config.resources.cpu_period = kCpuPeriodUs;
    request_.config.resources.cpu_quota = thousandths * kCpuPeriodUs / 1000;
    return {};
  });
  parser_.number("cpu-shares", 'c', "NUMBER", "share of the CPUs relative to others (1024: one)",
                 resources.cpu_shares);
  parser_.number("cpu-period", 0, "MICROSECONDS", "CPU period", resources.cpu_period);
  parser_.number("cpu-quota", 0, "MICROSECONDS", "CPU time per period", resources.cpu_quota);
  parser_.value("cpuset-cpus", 0, "LIST", "the CPUs to use (0-3,7)", resources.cpuset_cpus);
  parser_.value("cpuset-mems", 0, "LIST", "the memory nodes to use", resources.cpuset_mems);
  parser_.number("pids-limit", 0, "NUMBER",
                 "limit of processes (-1: none; default: 2048 where the kernel can)", resources.pids_limit);
  parser_.number("oom-score-adj", 0, "NUMBER", "out-of-memory preference", request_.config.oom_score_adj);
  parser_.custom("ulimit", 0, "NAME=SOFT[:HARD]", "resource limit (nofile=1024:4096)",
                 [this](const std::string& text) { return take_ulimit(text); });
  parser_.custom("sysctl", 0, "NAME=VALUE", "kernel parameter of the container's namespaces",
                 [this](const auto& text) { return take_pairs(request_.config.sysctl, "sysctl", text); });
}

void CreateFlags::add_security() {
  auto& security = request_.config.security;
  const auto capability = [this](std::vector<std::string>& into) {
    return [this, &into](const std::string& text) -> Result<void> {
      for (const std::string_view name : split(text, ',')) {
        if (name != "ALL" && name != "all") {
          const auto known = engine::parse_capability(name);
          if (!known) return parser_.error(known.error().to_string());
        }
        into.emplace_back(name);
      }
      return {};
    };
  };
  parser_.custom("cap-add", 0, "CAPABILITY", "add a capability (or ALL)", capability(security.cap_add));
  parser_.custom("cap-drop", 0, "CAPABILITY", "drop a capability (or ALL)", capability(security.cap_drop));
  parser_.toggle("privileged", 0, "all capabilities and devices, nothing masked", security.privileged);
  parser_.custom("security-opt", 0, "OPTION",
                 "no-new-privileges, seccomp=FILE|unconfined, mask=PATHS, unmask=PATHS",
                 [this](const std::string& text) { return take_security_option(text); });
  choice("network", "MODE", "none or host (default: none; other networks are not there yet)",
         {"none", "host"}, request_.config.network);
  choice("net", "MODE", "the same", {"none", "host"}, request_.config.network);
  choice("pid", "MODE", "pid namespace: private or host", {"private", "host"}, request_.config.pid_namespace);
  choice("ipc", "MODE", "IPC namespace: private or host", {"private", "host"}, request_.config.ipc_namespace);
  choice("uts", "MODE", "UTS namespace: private or host", {"private", "host"}, request_.config.uts_namespace);
  choice("cgroupns", "MODE", "cgroup namespace: private or host", {"private", "host"},
         request_.config.cgroup_namespace);
}

void CreateFlags::add_service() {
  auto& config = request_.config;
  choice("cgroups", "MODE",
         "enabled, split or disabled (default: split when the unit that started us delegates its cgroup, "
         "else enabled)",
         {"enabled", "split", "disabled", "no-conmon"}, config.cgroups);
  parser_.value("cgroup-parent", 0, "PATH", "cgroup below which the container's is made",
                config.cgroup_parent);
  choice("sdnotify", "MODE",
         "who tells the service manager that it is ready: container, conmon or ignore (default: container)",
         {"container", "conmon", "ignore"}, config.sdnotify);
  parser_.list("sdnotify-allow", 0, "WHAT",
               "let the payload use more of sd_notify: mainpid, notifyaccess, fdstore",
               config.sdnotify_allow);
  choice(
      "log-driver", "DRIVER",
      "k8s-file, json-file, journald, none or passthrough (default: passthrough under a unit, else k8s-file)",
      {"k8s-file", "json-file", "none", "passthrough", "journald"}, config.log_driver);
  parser_.custom("log-opt", 0, "NAME=VALUE",
                 "option of the log driver: path, max-size, tag, {stdout,stderr}-priority",
                 [this](const std::string& text) { return take_log_option(text); });
  parser_.value("runtime", 0, "PROGRAM", "OCI runtime (default: berth-runtime)", config.runtime);
  parser_.value("monitor", 0, "PROGRAM", "monitor (default: berth-monitor)", config.monitor);
}

// podman's, without a meaning here: there is no image and no registry, and nothing to pull.
void CreateFlags::add_unsupported() {
  parser_.ignored("quiet", 'q', "");
  parser_.ignored("pull", 0, "POLICY");
  parser_.ignored("tls-verify", 0, "");
  parser_.ignored("http-proxy", 0, "");
  parser_.ignored("no-healthcheck", 0, "");
}

Result<void> CreateFlags::take_pairs(std::map<std::string, std::string>& into, std::string_view flag,
                                     const std::string& text) {
  const auto pair = split_once(text, '=');
  const std::string name(pair ? pair->first : text);
  if (name.empty() || (!pair && flag != "label")) {
    return parser_.error(concat("--", flag, ": expected NAME=VALUE, found \"", text, '"'));
  }
  into[name] = pair ? pair->second : "";
  return {};
}

Result<void> CreateFlags::take_ulimit(const std::string& text) {
  const auto bad = [&] {
    return parser_.error(concat("--ulimit: expected NAME=SOFT[:HARD], found \"", text, '"'));
  };
  const auto pair = split_once(text, '=');
  if (!pair) return bad();
  const auto limits = split_once(pair->second, ':');
  const auto soft = parse_number<std::int64_t>(limits ? limits->first : pair->second);
  const auto hard = limits ? parse_number<std::int64_t>(limits->second) : soft;
  if (!soft || !hard || *soft < -1 || *hard < -1) return bad();
  request_.config.ulimits.push_back({.name = std::string(pair->first), .soft = *soft, .hard = *hard});
  return {};
}

Result<void> CreateFlags::take_log_option(const std::string& text) {
  const auto pair = split_once(text, '=');
  if (!pair) return parser_.error(concat("--log-opt: expected NAME=VALUE, found \"", text, '"'));
  if (pair->first == "path") {
    request_.config.log_path = sys::absolute_path(std::string(pair->second));
  } else if (pair->first == "max-size") {
    TRY_ASSIGN(request_.config.log_size_max, parse_size(pair->second).context("--log-opt max-size"));
  } else if (pair->first == "tag") {
    request_.config.log_tag = pair->second;
  } else if (pair->first == "stdout-priority") {
    TRY_ASSIGN(request_.config.log_stdout_priority,
               contract::parse_log_priority("--log-opt stdout-priority", pair->second));
  } else if (pair->first == "stderr-priority") {
    TRY_ASSIGN(request_.config.log_stderr_priority,
               contract::parse_log_priority("--log-opt stderr-priority", pair->second));
  } else {
    return parser_.error(
        concat("--log-opt: expected path, max-size, tag, stdout-priority or stderr-priority, found \"",
               pair->first, '"'));
  }
  return {};
}

Result<void> CreateFlags::take_security_option(const std::string& text) {
  auto& security = request_.config.security;
  const auto separator = text.find_first_of("=:");
  const std::string name = text.substr(0, separator);
  const std::string value = separator == std::string::npos ? "" : text.substr(separator + 1);
  if (name == "no-new-privileges") {
    security.no_new_privileges = value.empty() || value == "true";
  } else if (name == "seccomp" && !value.empty()) {
    security.seccomp_profile = value == "unconfined" ? value : sys::absolute_path(value);
  } else if (name == "mask" || name == "unmask") {
    auto& into = name == "mask" ? security.masked : security.unmasked;
    for (const std::string_view path : split(value, ':')) into.emplace_back(path);
  } else if (name != "label" && name != "apparmor") {  // taken: no such policy is applied
    return parser_.error(concat("--security-opt: unknown option \"", text, '"'));
  }
  return {};
}

Result<void> CreateFlags::take_operands(const flags::Arguments& operands) {
  auto& config = request_.config;
  std::size_t at = 0;
  if (!rootfs_) return parser_.error("images are not supported yet: name a root directory with --rootfs DIR");
  if (rootfs_path_.empty()) {
    if (operands.empty()) return parser_.error("expected the root directory of the container");
    rootfs_path_ = operands[at++];
  }
  auto resolved = sys::real_path(rootfs_path_);
  if (!resolved && resolved.error().is(ENOENT)) {
    return Error::message(concat("rootfs ", rootfs_path_, ": no such directory"), ENOENT);
  }
  if (!resolved) return std::move(resolved).context("rootfs").error();
  config.rootfs = std::move(*resolved);
  config.command.assign(operands.begin() + static_cast<std::ptrdiff_t>(at), operands.end());
  if (has_entrypoint_) {
    TRY_ASSIGN(config.entrypoint, parse_entrypoint(entrypoint_));
  }
  return {};
}

Result<void> CreateFlags::take_environment() {
  for (const std::string& file : env_files_) {
    TRY(engine::apply_env_file(request_.config.environment, file).context("--env-file"));
  }
  for (const std::string& text : env_) {
    TRY(engine::apply_env_flag(request_.config.environment, text).context("--env"));
  }
  return {};
}

Result<void> CreateFlags::check() {
  auto& config = request_.config;
  if (!config.name.empty()) TRY(engine::check_name(config.name));
  if (config.arguments().empty()) return parser_.error("no command given: name one after the root directory");
  if (request_.detach && config.log_driver == "passthrough" && ::isatty(STDOUT_FILENO) == 1) {
    return parser_.error(
        "the log driver passthrough cannot be used on a terminal: it would be open to the container");
  }
  for (std::string* path : {&config.cid_file, &config.pid_file, &config.conmon_pid_file}) {
    if (!path->empty()) *path = sys::absolute_path(*path);
  }
  for (std::string* program : {&config.runtime, &config.monitor}) {
    if (program->find('/') != std::string::npos) *program = sys::absolute_path(*program);
  }
  return {};
}

Result<std::optional<CreateRequest>> CreateFlags::parse(const flags::Arguments& args) {
  TRY_ASSIGN(const auto operands, parser_.parse(args));
  if (operands.help) {
    TRY(flags::print(parser_.usage()));
    return std::optional<CreateRequest>();
  }
  TRY(take_operands(operands.values));
  TRY(take_environment());
  TRY(check());
  auto& words = request_.config.create_command;
  for (const std::string_view word : split(command_, ' ')) words.emplace_back(word);
  words.insert(words.end(), args.begin(), args.end());
  return std::optional(std::move(request_));
}

}  // namespace berth
