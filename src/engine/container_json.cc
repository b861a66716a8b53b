// ContainerConfig <-> JSON: each type lists its members once, in visit(), for both directions.
#include <concepts>

#include "base/text.h"
#include "engine/container.h"
#include "json/value.h"
#include "json/writer.h"

namespace berth::engine {

namespace {

template <class Visitor, class M>
void visit(Visitor& v, M& m) requires std::same_as<std::remove_const_t<M>, MountRequest> {
  v("type", m.type), v("source", m.source), v("destination", m.destination), v("options", m.options);
}

template <class Visitor, class U>
void visit(Visitor& v, U& u) requires std::same_as<std::remove_const_t<U>, UlimitRequest> {
  v("name", u.name), v("soft", u.soft), v("hard", u.hard);
}

template <class Visitor, class R>
void visit(Visitor& v, R& r) requires std::same_as<std::remove_const_t<R>, ResourceRequest> {
  v("memory", r.memory), v("memorySwap", r.memory_swap), v("memoryReservation", r.memory_reservation);
  v("cpuShares", r.cpu_shares), v("cpuQuota", r.cpu_quota), v("cpuPeriod", r.cpu_period);
  v("cpusetCpus", r.cpuset_cpus), v("cpusetMems", r.cpuset_mems), v("pidsLimit", r.pids_limit);
}

template <class Visitor, class S>
void visit(Visitor& v, S& s) requires std::same_as<std::remove_const_t<S>, SecurityRequest> {
  v("privileged", s.privileged), v("noNewPrivileges", s.no_new_privileges);
  v("capAdd", s.cap_add), v("capDrop", s.cap_drop), v("seccompProfile", s.seccomp_profile);
  v("masked", s.masked), v("unmasked", s.unmasked);
}

template <class Visitor, class C>
void visit(Visitor& v, C& c) requires std::same_as<std::remove_const_t<C>, ContainerConfig> {
  v("id", c.id), v("name", c.name), v("rootfs", c.rootfs), v("readOnly", c.read_only);
  v("readOnlyTmpfs", c.read_only_tmpfs), v("entrypoint", c.entrypoint), v("command", c.command);
  v("createCommand", c.create_command), v("environment", c.environment);
  v("workingDirectory", c.working_directory), v("user", c.user), v("groups", c.groups);
  v("hostname", c.hostname), v("terminal", c.terminal), v("interactive", c.interactive);
  v("umask", c.umask), v("mounts", c.mounts), v("devices", c.devices), v("shmSize", c.shm_size);
  v("ulimits", c.ulimits), v("sysctl", c.sysctl), v("labels", c.labels), v("annotations", c.annotations);
  v("oomScoreAdj", c.oom_score_adj), v("resources", c.resources), v("security", c.security);
  v("network", c.network), v("pidNamespace", c.pid_namespace), v("ipcNamespace", c.ipc_namespace);
  v("utsNamespace", c.uts_namespace), v("cgroupNamespace", c.cgroup_namespace), v("cgroups", c.cgroups);
  v("cgroupParent", c.cgroup_parent), v("sdnotify", c.sdnotify), v("sdnotifyAllow", c.sdnotify_allow);
  v("logDriver", c.log_driver), v("logPath", c.log_path), v("logSizeMax", c.log_size_max);
  v("logTag", c.log_tag), v("logStdoutPriority", c.log_stdout_priority);
  v("logStderrPriority", c.log_stderr_priority), v("runtime", c.runtime), v("monitor", c.monitor);
  v("stopSignal", c.stop_signal), v("stopTimeout", c.stop_timeout), v("timeout", c.timeout);
  v("autoRemove", c.auto_remove), v("conmonPidFile", c.conmon_pid_file), v("pidFile", c.pid_file);
  v("cidFile", c.cid_file);
}

template <class T>
concept Listed = std::same_as<T, MountRequest> || std::same_as<T, UlimitRequest> ||
    std::same_as<T, ResourceRequest> || std::same_as<T, SecurityRequest> || std::same_as<T, ContainerConfig>;

class Encoder {
 public:
  template <class T>
  void operator()(std::string_view name, const T& member) {
    if constexpr (requires { member.has_value(); }) {
      if (member.has_value()) out_.member(name, *member);
    } else {
      out_.key(name);
      put(member);
    }
  }
  template <Listed T>
  void put(const T& listed) {
    out_.begin_object();
    visit(*this, listed);
    out_.end_object();
  }
  template <Listed T>
  void put(const std::vector<T>& items) {
    out_.begin_array();
    for (const T& item : items) put(item);
    out_.end_array();
  }
  template <class T>
  void put(const T& member) {
    out_.value(member);
  }
  [[nodiscard]] std::string text() && { return std::move(out_).text(); }

 private:
  json::Writer out_;
};

// Keeps the first failure; what follows it is skipped.
class Decoder {
 public:
  explicit Decoder(json::Value object) : object_(object) {}
  template <class T>
  void operator()(std::string_view name, T& member) {
    if (!result_) return;
    const auto found = object_.find(name);
    if (found) result_ = take(*found, member);
  }
  template <Listed T>
  static Result<void> take(const json::Value& value, T& listed) {
    Decoder inner(value);
    visit(inner, listed);
    return std::move(inner.result_);
  }
  template <Listed T>
  static Result<void> take(const json::Value& value, std::vector<T>& items) {
    TRY_ASSIGN(const auto elements, value.elements());
    for (const json::Value& element : elements) {
      items.emplace_back();
      TRY(take(element, items.back()));
    }
    return {};
  }
  template <class T>
  static Result<void> take(const json::Value& value, T& member) {
    using json::decode;
    return decode(value, member);
  }

 private:
  json::Value object_;
  Result<void> result_;
};

}  // namespace

std::string encode(const ContainerConfig& config) {
  Encoder encoder;
  encoder.put(config);
  return std::move(encoder).text();
}

Result<ContainerConfig> decode_config(std::string_view text, std::string_view name) {
  TRY_ASSIGN(const auto document, json::Document::parse(text, name));
  ContainerConfig config;
  TRY(Decoder::take(document.root(), config));
  return config;
}

}  // namespace berth::engine
