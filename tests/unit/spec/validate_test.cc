#include "spec/validate.h"

#include <gtest/gtest.h>

#include <functional>

#include "spec/default_config.h"

namespace berth::spec {
namespace {

// What validation says about the default bundle after `change`.
std::string after(const std::function<void(Config&)>& change) {
  Config config = default_config();
  change(config);
  const auto result = validate(config, "config.json: ");
  return result ? "fine" : result.error().to_string();
}

std::string linux_after(const std::function<void(Linux&)>& change) {
  return after([&](Config& config) { change(config.linux); });
}

void drop(Linux& linux_config, NamespaceType type) {
  std::erase_if(linux_config.namespaces, [type](const Namespace& ns) { return ns.type == type; });
}

TEST(Validate, TakesTheDefaultBundle) {
  EXPECT_EQ(after([](Config&) {}), "fine");
}

TEST(Validate, WantsAProcessThatCanRun) {
  EXPECT_EQ(after([](Config& c) { c.process.args.clear(); }),
            "config.json: process.args: expected at least one argument, found none");
  EXPECT_EQ(after([](Config& c) { c.process.cwd = "tmp"; }),
            "config.json: process.cwd: expected an absolute path, found \"tmp\"");
  EXPECT_EQ(after([](Config& c) {
              c.process.env = {"A=b", "C"};
            }),
            "config.json: process.env[1]: expected NAME=VALUE, found \"C\"");
  EXPECT_EQ(after([](Config& c) { c.process.env = {"=b"}; }),
            "config.json: process.env[0]: expected NAME=VALUE, found \"=b\"");
  EXPECT_EQ(after([](Config& c) { c.process.env = {"A="}; }), "fine");
  EXPECT_EQ(after([](Config& c) { c.process.oom_score_adj = 1001; }),
            "config.json: process.oomScoreAdj: expected a number from -1000 to 1000, found 1001");
}

TEST(Validate, WantsEachRlimitOnceAndInOrder) {
  EXPECT_EQ(after([](Config& c) { c.process.rlimits.push_back(c.process.rlimits[0]); }),
            "config.json: process.rlimits[1].type: expected each type once, found \"RLIMIT_NOFILE\"");
  EXPECT_EQ(
      after([](Config& c) { c.process.rlimits[0].soft = 4096; }),
      "config.json: process.rlimits[0]: expected a soft limit of at most the hard one (1024), found 4096");
}

TEST(Validate, KnowsWhatEachSchedulerTakes) {
  const auto scheduled = [](Scheduler scheduler) {
    return after([&](Config& c) { c.process.scheduler = scheduler; });
  };
  EXPECT_EQ(scheduled({.policy = SchedulerPolicy::fifo, .priority = 5}), "fine");
  EXPECT_NE(scheduled({.policy = SchedulerPolicy::batch, .priority = 5}).find("process.scheduler.priority"),
            std::string::npos);
  EXPECT_NE(
      scheduled({.nice = 20}).find("process.scheduler.nice: expected a number from -20 to 19, found 20"),
      std::string::npos);
  EXPECT_NE(scheduled({.period = 1}).find("SCHED_DEADLINE only"), std::string::npos);
  EXPECT_NE(
      after([](Config& c) { c.process.io_priority = IoPriority{.priority = 8}; }).find("ioPriority.priority"),
      std::string::npos);
  EXPECT_NE(after([](Config& c) {
              c.process.exec_cpu_affinity = ExecCpuAffinity{.initial = "a-b"};
            }).find("execCPUAffinity.initial"),
            std::string::npos);
}

TEST(Validate, WantsARootAndMountPoints) {
  EXPECT_EQ(after([](Config& c) { c.root.path.clear(); }),
            "config.json: root.path: expected a path, found \"\"");
  EXPECT_EQ(after([](Config& c) { c.mounts[1].destination.clear(); }),
            "config.json: mounts[1].destination: expected a path, found \"\"");
  EXPECT_EQ(after([](Config& c) { c.mounts[1].uid_mappings = {{.size = 1}}; }),
            "config.json: mounts[1]: expected both uidMappings and gidMappings or neither, found one");
  EXPECT_EQ(after([](Config& c) { c.mounts[1].destination = "relative"; }), "fine") << "as runc and crun";
}

TEST(Validate, WantsTheNamespaceThatASettingBelongsTo) {
  EXPECT_EQ(linux_after([](Linux& l) { drop(l, NamespaceType::uts); }),
            "config.json: hostname: expected a namespace of type uts in linux.namespaces, found none");
  EXPECT_EQ(after([](Config& c) {
              c.hostname.clear();
              c.domainname = "d";
              drop(c.linux, NamespaceType::uts);
            }),
            "config.json: domainname: expected a namespace of type uts in linux.namespaces, found none");
  EXPECT_EQ(
      linux_after([](Linux& l) { drop(l, NamespaceType::mount); }),
      "config.json: linux.maskedPaths: expected a namespace of type mount in linux.namespaces, found none");
  EXPECT_EQ(
      linux_after([](Linux& l) { l.time_offsets["boottime"] = {}; }),
      "config.json: linux.timeOffsets: expected a namespace of type time in linux.namespaces, found none");
  EXPECT_EQ(
      linux_after([](Linux& l) {
        l.net_devices["eth0"] = {};
        drop(l, NamespaceType::network);
      }),
      "config.json: linux.netDevices: expected a namespace of type network in linux.namespaces, found none");
  EXPECT_EQ(
      linux_after([](Linux& l) { l.uid_mappings = {{.size = 1}}; }),
      "config.json: linux.uidMappings: expected a namespace of type user in linux.namespaces, found none");
}

TEST(Validate, WantsHostNamesThatFit) {
  EXPECT_EQ(after([](Config& c) { c.hostname = std::string(64, 'x'); }), "fine");
  EXPECT_EQ(after([](Config& c) { c.hostname = std::string(65, 'x'); }),
            "config.json: hostname: expected at most 64 bytes, found 65");
}

TEST(Validate, WantsEachNamespaceOnce) {
  EXPECT_EQ(linux_after([](Linux& l) {
              l.namespaces.push_back({.type = NamespaceType::pid, .path = "/proc/1/ns/pid"});
            }),
            "config.json: linux.namespaces[6].type: expected each type once, found \"pid\"");
  EXPECT_EQ(linux_after([](Linux& l) { l.namespaces[0].path = "ns/pid"; }),
            "config.json: linux.namespaces[0].path: expected an absolute path, found \"ns/pid\"");
}

std::string mapped(std::vector<IdMapping> uids, std::vector<IdMapping> gids, const std::string& path = {}) {
  return linux_after([&](Linux& l) {
    l.namespaces.push_back({.type = NamespaceType::user, .path = path});
    l.uid_mappings = std::move(uids);
    l.gid_mappings = std::move(gids);
  });
}

TEST(Validate, WantsMappingsThatDoNotOverlap) {
  const std::vector<IdMapping> good = {{.container_id = 0, .host_id = 100, .size = 10},
                                       {.container_id = 10, .host_id = 200, .size = 10}};
  EXPECT_EQ(mapped(good, good), "fine");
  EXPECT_EQ(
      mapped({{.container_id = 0, .host_id = 100, .size = 11}, good[1]}, good),
      "config.json: linux.uidMappings[1].containerID: expected ids that element 0 does not map, found 10");
  EXPECT_EQ(mapped(good, {good[0], {.container_id = 10, .host_id = 95, .size = 6}}),
            "config.json: linux.gidMappings[1].hostID: expected ids that element 0 does not use, found 95");
  EXPECT_EQ(mapped({{.size = 0}}, good),
            "config.json: linux.uidMappings[0].size: expected a number above 0, found 0");
  EXPECT_EQ(mapped({{.container_id = 0, .host_id = 4294967295U, .size = 2}}, good),
            "config.json: linux.uidMappings[0].size: expected at most 1 ids from 4294967295 on, found 2");
}

TEST(Validate, WantsMappingsForANewUserNamespaceOnly) {
  EXPECT_NE(mapped({}, {}).find("linux.uidMappings: expected a mapping"), std::string::npos);
  EXPECT_NE(mapped({{.size = 1}}, {}).find("linux.gidMappings: expected a mapping"), std::string::npos);
  EXPECT_EQ(mapped({}, {}, "/proc/7/ns/user"), "fine");
}

TEST(Validate, WantsAUserWhoExistsInTheUserNamespace) {
  EXPECT_EQ(mapped({{.container_id = 1, .host_id = 100, .size = 10}}, {{.size = 1}}),
            "config.json: process.user.uid: expected an id that linux.uidMappings maps, found 0");
  EXPECT_EQ(mapped({{.size = 1}}, {{.container_id = 1, .host_id = 100, .size = 10}}),
            "config.json: process.user.gid: expected an id that linux.gidMappings maps, found 0");
}

std::string with_sysctl(const std::string& name, NamespaceType without = NamespaceType::time) {
  return linux_after([&](Linux& l) {
    l.sysctl[name] = "1";
    if (without != NamespaceType::time) drop(l, without);
  });
}

TEST(Validate, TakesTheSysctlsThatANamespaceIsolates) {
  for (const char* name : {"kernel.msgmax", "kernel.shm_rmid_forced", "fs.mqueue.msg_max",
                           "net.ipv4.ip_forward", "net/ipv4/conf/eth0.100/forwarding", "kernel.domainname"})
    EXPECT_EQ(with_sysctl(name), "fine") << name;
  EXPECT_NE(with_sysctl("net.core.somaxconn", NamespaceType::network).find("type network"),
            std::string::npos);
  EXPECT_NE(with_sysctl("kernel.sem", NamespaceType::ipc).find("type ipc"), std::string::npos);
  EXPECT_NE(with_sysctl("fs.mqueue.msg_max", NamespaceType::ipc).find("type ipc"), std::string::npos);
  EXPECT_NE(with_sysctl("user.max_user_namespaces").find("type user"), std::string::npos);
}

TEST(Validate, RefusesTheSysctlsOfTheHost) {
  for (const char* name : {"vm.swappiness", "kernel.core_pattern", "kernel.panic", "fs.file-max",
                           "kernel/core_pattern", "network.x", "net"})
    EXPECT_NE(with_sysctl(name).find(concat("linux.sysctl[\"", name, "\"]: expected a sysctl")),
              std::string::npos)
        << name;
  EXPECT_NE(with_sysctl("kernel.hostname").find("the member hostname"), std::string::npos);
  for (const char* name :
       {"net/../kernel/core_pattern", "net.//.kernel.core_pattern", "net//x", "net.", "net/./x", ""})
    EXPECT_NE(with_sysctl(name).find("found a path"), std::string::npos) << name;
}

TEST(Validate, WantsAbsolutePaths) {
  EXPECT_EQ(linux_after([](Linux& l) { l.masked_paths[1] = "proc/x"; }),
            "config.json: linux.maskedPaths[1]: expected an absolute path, found \"proc/x\"");
  EXPECT_EQ(linux_after([](Linux& l) { l.readonly_paths[0] = ""; }),
            "config.json: linux.readonlyPaths[0]: expected an absolute path, found \"\"");
  EXPECT_EQ(after([](Config& c) { c.hooks.poststop = {{.path = "hook"}}; }),
            "config.json: hooks.poststop[0].path: expected an absolute path, found \"hook\"");
  EXPECT_EQ(after([](Config& c) { c.hooks.prestart = {{.path = "/hook", .timeout = 0}}; }),
            "config.json: hooks.prestart[0].timeout: expected a number of seconds above 0, found 0");
  EXPECT_EQ(linux_after([](Linux& l) { l.devices = {{.path = "dev/x"}}; }),
            "config.json: linux.devices[0].path: expected an absolute path, found \"dev/x\"");
  EXPECT_EQ(linux_after([](Linux& l) { l.devices = {{.path = "/dev/x", .minor = -1}}; }),
            "config.json: linux.devices[0].minor: expected a device number, found -1");
}

TEST(Validate, WantsInterfaceNamesThatTheKernelTakes) {
  const auto moved = [](const std::string& host, const std::string& name) {
    return linux_after([&](Linux& l) { l.net_devices[host].name = name; });
  };
  EXPECT_EQ(moved("eth0", ""), "fine");
  EXPECT_EQ(moved("eth0", "lan0"), "fine");
  EXPECT_NE(moved("eth0", "a/b").find("linux.netDevices[\"eth0\"].name"), std::string::npos);
  EXPECT_NE(moved("a-name-that-is-long", "x").find("linux.netDevices[\"a-name-that-is-long\"]"),
            std::string::npos);
  EXPECT_NE(linux_after([](Linux& l) {
              l.net_devices = {{"a", {.name = "x"}}, {"b", {.name = "x"}}};
            }).find("each name once"),
            std::string::npos);
}

TEST(Validate, WantsLimitsThatMakeSense) {
  const auto limited = [](Resources resources) {
    return linux_after([&](Linux& l) { l.resources = std::move(resources); });
  };
  EXPECT_NE(limited({.memory = MemoryLimits{.limit = -2}}).find("linux.resources.memory.limit"),
            std::string::npos);
  EXPECT_NE(limited({.memory = MemoryLimits{.limit = 10, .swap = 5}}).find("linux.resources.memory.swap"),
            std::string::npos);
  EXPECT_NE(limited({.memory = MemoryLimits{.swappiness = 101}}).find("swappiness"), std::string::npos);
  EXPECT_NE(limited({.cpu = CpuLimits{.cpus = "0-"}}).find("linux.resources.cpu.cpus"), std::string::npos);
  EXPECT_NE(limited({.cpu = CpuLimits{.idle = 2}}).find("linux.resources.cpu.idle"), std::string::npos);
  EXPECT_NE(limited({.pids_limit = -2}).find("linux.resources.pids.limit"), std::string::npos);
  EXPECT_NE(limited({.hugepage_limits = {{.page_size = "2M"}}}).find("hugepageLimits[0].pageSize"),
            std::string::npos);
  EXPECT_NE(limited({.unified = {{"a/b", "1"}}}).find("linux.resources.unified"), std::string::npos);
}

TEST(Validate, KnowsCpuLists) {
  EXPECT_EQ(after([](Config& c) { c.linux.resources.cpu = CpuLimits{.cpus = "0,2-5,7"}; }), "fine");
  for (const char* bad : {",", "1-", "-1", "3-1", "1,,2", "a", "0 1"})
    EXPECT_NE(after([bad](Config& c) { c.linux.resources.cpu = CpuLimits{.cpus = bad}; }), "fine") << bad;
}

TEST(Validate, KnowsWhatASeccompListenerNeeds) {
  const auto filtered = [](Seccomp seccomp) {
    return linux_after([&](Linux& l) { l.seccomp = std::move(seccomp); });
  };
  EXPECT_NE(filtered({.default_action = SeccompAction::notify}).find("linux.seccomp.defaultAction"),
            std::string::npos);
  const SeccompRule notify = {.names = {"mount"}, .action = SeccompAction::notify};
  EXPECT_NE(filtered({.syscalls = {notify}}).find("linux.seccomp.listenerPath"), std::string::npos);
  EXPECT_EQ(filtered({.listener_path = "/run/l", .syscalls = {notify}}), "fine");
  EXPECT_NE(filtered({.listener_path = "/run/l",
                      .syscalls = {{.names = {"write"}, .action = SeccompAction::notify}}})
                .find("other syscalls than write"),
            std::string::npos);
  EXPECT_NE(filtered({.listener_metadata = "x"}).find("listenerMetadata"), std::string::npos);
  EXPECT_NE(filtered({.syscalls = {{}}}).find("linux.seccomp.syscalls[0].names"), std::string::npos);
  EXPECT_NE(filtered({.syscalls = {{.names = {"a"}, .args = {{.index = 6}}}}}).find("args[0].index"),
            std::string::npos);
}

TEST(Validate, KnowsWhatAMemoryPolicyNeeds) {
  const auto placed = [](MemoryPolicy policy) {
    return linux_after([&](Linux& l) { l.memory_policy = std::move(policy); });
  };
  EXPECT_EQ(placed({.mode = MemoryPolicyMode::bind, .nodes = "0"}), "fine");
  EXPECT_NE(placed({.mode = MemoryPolicyMode::bind}).find("memoryPolicy.nodes"), std::string::npos);
  EXPECT_NE(placed({.mode = MemoryPolicyMode::local, .nodes = "0"}).find("memoryPolicy.nodes"),
            std::string::npos);
  EXPECT_NE(placed({.mode = MemoryPolicyMode::bind,
                    .nodes = "0",
                    .flags = {MemoryPolicyFlag::relative_nodes, MemoryPolicyFlag::static_nodes}})
                .find("memoryPolicy.flags"),
            std::string::npos);
}

TEST(Validate, RefusesWhatTheSpecificationDoesNotDefine) {
  EXPECT_NE(
      linux_after([](Linux& l) { l.personality = Personality{.flags = {"X"}}; }).find("personality.flags"),
      std::string::npos);
  EXPECT_NE(linux_after([](Linux& l) { l.intel_rdt = IntelRdt{.clos_id = "../x"}; }).find("intelRdt.closID"),
            std::string::npos);
  EXPECT_NE(after([](Config& c) { c.annotations[""] = "x"; }).find("annotations"), std::string::npos);
}

}  // namespace
}  // namespace berth::spec
