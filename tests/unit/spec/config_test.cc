#include "spec/config.h"

#include <gtest/gtest.h>

#include "spec/config_writer.h"
#include "spec/default_config.h"
#include "spec/sysctl.h"

namespace berth::spec {
namespace {

// A document that uses every member that we know.
constexpr std::string_view kEverything = R"json({
  "ociVersion": "1.2.1-dev+x",
  "process": {
    "terminal": true,
    "consoleSize": {"height": 24, "width": 80},
    "user": {"uid": 7, "gid": 8, "umask": 18, "additionalGids": [5, 6]},
    "args": ["sh", "-c", "true"],
    "env": ["A=b"],
    "cwd": "/srv",
    "capabilities": {
      "bounding": ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"], "effective": ["CAP_CHOWN"],
      "inheritable": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"]},
    "rlimits": [{"type": "RLIMIT_RTTIME", "hard": 18446744073709551615, "soft": 1}],
    "noNewPrivileges": true,
    "apparmorProfile": "p",
    "oomScoreAdj": -500,
    "scheduler": {"policy": "SCHED_DEADLINE", "nice": 3, "flags": ["SCHED_FLAG_RECLAIM"],
                  "runtime": 1, "deadline": 2, "period": 3},
    "selinuxLabel": "l",
    "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 4},
    "execCPUAffinity": {"initial": "0-1", "final": "1,3"}
  },
  "root": {"path": "rootfs", "readonly": true},
  "hostname": "h",
  "domainname": "d",
  "mounts": [{"destination": "/x", "type": "bind", "source": "/y", "options": ["rbind", "ridmap"],
              "uidMappings": [{"containerID": 0, "hostID": 1, "size": 2}],
              "gidMappings": [{"containerID": 3, "hostID": 4, "size": 5}]}],
  "hooks": {
    "prestart": [{"path": "/a", "args": ["a"], "env": ["K=V"], "timeout": 5}],
    "createRuntime": [{"path": "/b"}], "createContainer": [{"path": "/c"}],
    "startContainer": [{"path": "/d"}], "poststart": [{"path": "/e"}], "poststop": [{"path": "/f"}]},
  "annotations": {"k": "v"},
  "linux": {
    "namespaces": [{"type": "pid"}, {"type": "network", "path": "/run/netns/a"}, {"type": "mount"}, {"type": "ipc"},
                   {"type": "uts"}, {"type": "user"}, {"type": "cgroup"}, {"type": "time"}],
    "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
    "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
    "timeOffsets": {"monotonic": {"secs": -5, "nanosecs": 7}, "boottime": {"secs": 6}},
    "devices": [{"type": "c", "path": "/dev/fuse", "major": 10, "minor": 229, "fileMode": 438, "uid": 0, "gid": 1},
                {"type": "p", "path": "/dev/pipe"}],
    "netDevices": {"eth0": {"name": "lan0"}, "eth1": {}},
    "cgroupsPath": "/a/b",
    "resources": {
      "devices": [{"allow": false}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}],
      "memory": {"limit": 1, "reservation": 2, "swap": 3, "kernel": 4, "kernelTCP": 5, "swappiness": 6,
                 "disableOOMKiller": true, "useHierarchy": false, "checkBeforeUpdate": true},
      "cpu": {"shares": 1, "quota": -1, "burst": 3, "period": 4, "realtimeRuntime": 5, "realtimePeriod": 6,
              "cpus": "0-3", "mems": "0", "idle": 1},
      "pids": {"limit": 9},
      "blockIO": {"weight": 10, "leafWeight": 11,
                  "weightDevice": [{"major": 8, "minor": 0, "weight": 12, "leafWeight": 13}],
                  "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1}],
                  "throttleWriteBpsDevice": [{"major": 8, "minor": 0, "rate": 2}],
                  "throttleReadIOPSDevice": [{"major": 8, "minor": 0, "rate": 3}],
                  "throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 4}]},
      "hugepageLimits": [{"pageSize": "2MB", "limit": 5}],
      "network": {"classID": 6, "priorities": [{"name": "eth0", "priority": 7}]},
      "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 4}},
      "unified": {"memory.high": "100"}
    },
    "rootfsPropagation": "rslave",
    "seccomp": {
      "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
      "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_RISCV64"],
      "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
      "listenerPath": "/run/l", "listenerMetadata": "m",
      "syscalls": [{"names": ["personality"], "action": "SCMP_ACT_NOTIFY", "errnoRet": 1,
                    "args": [{"index": 0, "value": 4294967295, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ"}]}]},
    "sysctl": {"net.ipv4.ip_forward": "1", "kernel.shmmax": "2"},
    "maskedPaths": ["/proc/kcore"],
    "readonlyPaths": ["/proc/sys"],
    "mountLabel": "ml",
    "intelRdt": {"closID": "c", "schemata": ["L3:0=f"], "l3CacheSchema": "a", "memBwSchema": "b",
                 "enableMonitoring": true, "enableCMT": true, "enableMBM": true},
    "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0-1", "flags": ["MPOL_F_STATIC_NODES"]},
    "personality": {"domain": "LINUX32"}
  }
})json";

std::string error_of(std::string_view text) {
  const auto config = parse_config(text, "config.json");
  return config ? "none" : config.error().to_string();
}

// The default document with one member replaced: `path` is made of object keys.
std::string with(std::string_view member, std::string_view json) {
  return concat(
      R"({"ociVersion": "1.0.0", "process": {"args": ["sh"], "cwd": "/"}, "root": {"path": "r"}, ")", member,
      "\": ", json, "}");
}

TEST(Config, HoldsEveryMember) {
  const auto config = parse_config(kEverything, "config.json");
  ASSERT_TRUE(config) << config.error().to_string();
  EXPECT_EQ(config->process.user.umask, 18U);
  EXPECT_EQ(config->process.rlimits[0].hard, ~std::uint64_t{0});
  EXPECT_TRUE(config->process.capabilities->bounding.has(Capability::checkpoint_restore));
  EXPECT_EQ(config->process.console_size->width, 80);
  EXPECT_EQ(config->process.scheduler->policy, SchedulerPolicy::deadline);
  EXPECT_EQ(config->process.io_priority->io_class, IoPriorityClass::idle);
  EXPECT_EQ(config->process.exec_cpu_affinity->final, "1,3");
  EXPECT_EQ(config->mounts[0].gid_mappings[0].size, 5U);
  EXPECT_EQ(config->hooks.prestart[0].timeout, 5);
  EXPECT_EQ(config->hooks.poststop[0].path, "/f");
  EXPECT_EQ(config->linux.find(NamespaceType::network)->path, "/run/netns/a");
  EXPECT_EQ(config->linux.time_offsets.at("monotonic").seconds, -5);
  EXPECT_EQ(config->linux.devices[0].file_mode, 0666U);
  EXPECT_EQ(config->linux.resources.devices[1].mknod, false);
  EXPECT_EQ(config->linux.resources.pids_limit, 9);
  EXPECT_EQ(config->linux.resources.memory->check_before_update, true);
  EXPECT_EQ(config->linux.resources.unified.at("memory.high"), "100");
  EXPECT_EQ(config->linux.rootfs_propagation, Propagation::rslave);
  EXPECT_EQ(config->linux.seccomp->syscalls[0].args[0].op, SeccompOperator::masked_eq);
  EXPECT_EQ(config->linux.memory_policy->mode, MemoryPolicyMode::bind);
  EXPECT_EQ(config->linux.personality->domain, PersonalityDomain::linux32);
}

TEST(Config, SurvivesBeingWrittenAndReadAgain) {
  const auto config = parse_config(kEverything, "config.json");
  ASSERT_TRUE(config);
  const std::string text = to_json(*config);
  const auto again = parse_config(text, "config.json");
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(*again, *config);
  EXPECT_EQ(to_json(*again), text);
}

TEST(Config, IgnoresWhatItDoesNotKnow) {
  EXPECT_EQ(error_of(with("linux", R"({"fromTheFuture": {"a": [1]}, "namespaces": []})")), "none");
  EXPECT_EQ(error_of(with("windows", "{}")), "none");
}

TEST(Config, RefusesWrongTypesByTheirPath) {
  EXPECT_EQ(error_of(with("hostname", "7")), "config.json: hostname: expected a string, found 7");
  EXPECT_EQ(error_of(with("mounts", "{}")), "config.json: mounts: expected an array, found an object");
  EXPECT_EQ(error_of(with("linux", R"({"resources": {"memory": {"limit": "1G"}}})")),
            "config.json: linux.resources.memory.limit: expected an integer from -9223372036854775808 to "
            "9223372036854775807, found \"1G\"");
  EXPECT_EQ(
      error_of(with("linux", R"({"uidMappings": [{"containerID": -1, "hostID": 0, "size": 1}]})")),
      "config.json: linux.uidMappings[0].containerID: expected an integer from 0 to 4294967295, found -1");
}

TEST(Config, RefusesWordsOutsideAClosedSet) {
  const std::string error = error_of(with("linux", R"({"namespaces": [{"type": "pid"}, {"type": "nett"}]})"));
  EXPECT_EQ(error,
            "config.json: linux.namespaces[1].type: expected one of pid, network, mount, ipc, uts, user, "
            "cgroup, time, "
            "found \"nett\"");
  EXPECT_NE(error_of(with("linux", R"({"seccomp": {"defaultAction": "SCMP_ACT_PRAY"}})"))
                .find("linux.seccomp.defaultAction: expected one of SCMP_ACT_KILL"),
            std::string::npos);
}

TEST(Config, NamesAnUnknownCapability) {
  EXPECT_EQ(error_of(with(
                "process",
                R"({"args": ["sh"], "cwd": "/", "capabilities": {"bounding": ["CAP_KILL", "CAP_FLY"]}})")),
            "config.json: process.capabilities.bounding[1]: expected the name of a capability (CAP_CHOWN, "
            "CAP_KILL, "
            "…), found \"CAP_FLY\"");
}

TEST(Config, SaysWhatIsMissing) {
  EXPECT_EQ(error_of("{}"), "config.json: ociVersion: is required and missing");
  EXPECT_EQ(error_of(R"({"ociVersion": "1.0.0"})"), "config.json: process: is required and missing");
  EXPECT_EQ(error_of(R"({"ociVersion": "1.0.0", "process": {"args": ["a"], "cwd": "/"}})"),
            "config.json: root: is required and missing");
  EXPECT_EQ(error_of(with("mounts", "[{}]")), "config.json: mounts[0].destination: is required and missing");
}

TEST(Config, RefusesVersionsOfAnotherMajor) {
  const auto versioned = [](std::string_view version) {
    return error_of(concat(R"({"ociVersion": ")", version,
                           R"(", "process": {"args": ["sh"], "cwd": "/"}, "root": {"path": "r"}})"));
  };
  EXPECT_EQ(versioned("1.99.0"), "none");
  EXPECT_EQ(versioned("1.0.2-dev"), "none");
  EXPECT_EQ(versioned("2.0.0"),
            "config.json: ociVersion: expected version 1 of the specification, found \"2.0.0\"");
  for (const char* bad : {"", "1", "1.0", "one", "1.0.x", "1.0.0.0", "-1.0.0"})
    EXPECT_NE(versioned(bad).find("expected a version like"), std::string::npos) << bad;
}

TEST(Config, AFutureVersionIsRefusedBeforeItsMembersAreJudged) {
  EXPECT_NE(error_of(R"({"ociVersion": "2.0.0", "process": "new shape"})").find("ociVersion"),
            std::string::npos);
}

TEST(Process, IsReadAlone) {
  const auto process =
      parse_process(R"({"args": ["id"], "cwd": "/", "user": {"uid": 5, "gid": 6}})", "process.json");
  ASSERT_TRUE(process) << process.error().to_string();
  EXPECT_EQ(process->user.uid, 5U);
  const auto relative = parse_process(R"({"args": ["id"], "cwd": "tmp"})", "process.json");
  ASSERT_FALSE(relative);
  EXPECT_EQ(relative.error().to_string(), "process.json: cwd: expected an absolute path, found \"tmp\"");
}

TEST(Resources, AreReadAlone) {
  const auto resources = parse_resources(R"({"memory": {"limit": 7}, "pids": {"limit": -1}})", "-");
  ASSERT_TRUE(resources);
  EXPECT_EQ(resources->memory->limit, 7);
  EXPECT_EQ(resources->pids_limit, -1);
  EXPECT_FALSE(parse_resources(R"({"memory": 7})", "-"));
}

TEST(DeviceRule, TakesTheSpellingsOfItsPeers) {
  const auto rule_of = [](std::string_view text) {
    const auto config =
        parse_config(with("linux", concat(R"({"resources": {"devices": [)", text, "]}}")), "c");
    EXPECT_TRUE(config) << config.error().to_string();
    return config ? config->linux.resources.devices[0] : DeviceRule{};
  };
  EXPECT_EQ(rule_of(R"({"allow": false, "access": "rwm"})"), DeviceRule{});
  EXPECT_EQ(rule_of(R"({"allow": true, "type": "a", "major": -1, "minor": -1, "access": ""})"),
            DeviceRule{.allow = true});
  const DeviceRule reads = rule_of(R"({"allow": true, "type": "b", "major": 8, "access": "r"})");
  EXPECT_TRUE(reads.read);
  EXPECT_FALSE(reads.write || reads.mknod);
  EXPECT_EQ(reads.minor, std::nullopt);
  EXPECT_NE(error_of(with("linux", R"({"resources": {"devices": [{"allow": true, "access": "rx"}]}})"))
                .find("linux.resources.devices[0].access: expected letters of \"rwm\", found \"rx\""),
            std::string::npos);
  EXPECT_NE(error_of(with("linux", R"({"resources": {"devices": [{"allow": true, "major": -2}]}})"))
                .find("linux.resources.devices[0].major"),
            std::string::npos);
}

TEST(IdMappings, TranslateWithoutWrappingAround) {
  const std::vector<IdMapping> mappings = {{.container_id = 0, .host_id = 1000, .size = 1},
                                           {.container_id = 1, .host_id = 4294967290U, .size = 5}};
  EXPECT_EQ(to_host(mappings, 0), 1000U);
  EXPECT_EQ(to_host(mappings, 5), 4294967294U);
  EXPECT_EQ(to_host(mappings, 6), std::nullopt);
  EXPECT_EQ(to_host({}, 0), std::nullopt);
}

TEST(Sysctl, HasTwoSpellings) {
  EXPECT_EQ(sysctl_path("net.ipv4.ip_forward"), "net/ipv4/ip_forward");
  EXPECT_EQ(sysctl_path("net.ipv4.conf.eth0/100.forwarding"), "net/ipv4/conf/eth0.100/forwarding");
  EXPECT_EQ(sysctl_path("net/ipv4/conf/eth0.100/forwarding"), "net/ipv4/conf/eth0.100/forwarding");
  EXPECT_EQ(sysctl_path("plain"), "plain");
}

TEST(CapabilitySet, KeepsTheKernelsNumbers) {
  EXPECT_EQ(capability_from_text("CAP_CHOWN"), Capability::chown);
  EXPECT_EQ(static_cast<int>(*capability_from_text("CAP_SYS_ADMIN")), 21);
  EXPECT_EQ(static_cast<int>(*capability_from_text("CAP_CHECKPOINT_RESTORE")), 40);
  EXPECT_EQ(capability_from_text("cap_chown"), std::nullopt);
  EXPECT_EQ(CapabilitySet::all().members().size(), 41U);
  for (const Capability capability : CapabilitySet::all().members())
    EXPECT_EQ(capability_from_text(to_text(capability)), capability);
}

}  // namespace
}  // namespace berth::spec
