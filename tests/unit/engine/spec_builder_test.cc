#include "engine/spec_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "engine/seccomp_profile.h"
#include "spec/config_writer.h"
#include "sys/file.h"

namespace berth::engine {
namespace {

class Built : public testing::Test {
 protected:
  void SetUp() override {
    std::string root = testing::TempDir() + "/spec-XXXXXX";
    ASSERT_NE(::mkdtemp(root.data()), nullptr);
    ASSERT_TRUE(sys::make_directory(root + "/bin", 0755));
    ASSERT_TRUE(sys::write_file(root + "/bin/sh", "", 0755));
    config.id = std::string(64, 'a');
    config.name = "web";
    config.rootfs = root;
    config.command = {"sh"};
    config.security.seccomp_profile = "unconfined";
  }
  void TearDown() override { ignore(sys::remove_tree(config.rootfs)); }

  spec::Config build(const StartPlace& place = {}) {
    auto built = build_spec(config, {"/run/x"}, place);
    EXPECT_TRUE(built) << built.error().to_string();
    return built ? built->config : spec::Config();
  }
  static const spec::Mount* mount_at(const spec::Config& built, std::string_view destination) {
    const auto found = std::find_if(built.mounts.begin(), built.mounts.end(),
                                    [&](const auto& mount) { return mount.destination == destination; });
    return found == built.mounts.end() ? nullptr : &*found;
  }

  ContainerConfig config;
};

TEST_F(Built, IsAValidDocument) {
  const auto parsed =
      spec::parse_config(spec::to_json(build({.cgroups_path = "/x", .notify = true})), "config.json");
  EXPECT_TRUE(parsed) << parsed.error().to_string();
}

TEST_F(Built, HasANetworkNamespaceUnlessTheHostsIsAskedFor) {
  EXPECT_TRUE(build().linux.has(spec::NamespaceType::network));
  config.network = "host";
  EXPECT_FALSE(build().linux.has(spec::NamespaceType::network));
}

TEST_F(Built, MountsTheNotifyDirectoryReadOnlyAndNamesTheSocket) {
  const spec::Config built = build({.notify = true});
  const spec::Mount* mount = mount_at(built, "/run/notify");
  ASSERT_NE(mount, nullptr);
  for (const char* option : {"ro", "nosuid", "nodev", "noexec"}) {
    EXPECT_NE(std::find(mount->options.begin(), mount->options.end(), option), mount->options.end())
        << option;
  }
  EXPECT_NE(
      std::find(built.process.env.begin(), built.process.env.end(), "NOTIFY_SOCKET=/run/notify/notify.sock"),
      built.process.env.end());
  EXPECT_EQ(mount_at(build(), "/run/notify"), nullptr);
}

TEST_F(Built, PutsAUsersMountInThePlaceOfAStandardOneAndParentsFirst) {
  config.mounts = {{.type = "tmpfs", .destination = "/a/b"},
                   {.type = "tmpfs", .destination = "/a"},
                   {.source = "/tmp", .destination = "/dev/shm", .options = {"rbind"}}};
  const spec::Config built = build();
  EXPECT_LT(mount_at(built, "/a"), mount_at(built, "/a/b"));
  EXPECT_EQ(mount_at(built, "/dev/shm")->source, "/tmp");
}

TEST_F(Built, GivesAnOrdinaryUserOnlyTheCapabilitiesThatWereAdded) {
  config.user = "1000";
  EXPECT_TRUE(build().process.capabilities->effective.empty());
  EXPECT_FALSE(build().process.capabilities->bounding.empty());
  config.security.cap_add = {"net_admin"};
  EXPECT_TRUE(build().process.capabilities->ambient.has(spec::Capability::net_admin));
}

TEST_F(Built, HidesNothingFromAPrivilegedContainer) {
  EXPECT_FALSE(build().linux.masked_paths.empty());
  config.security.unmasked = {"/proc/kcore"};
  const auto masked = build().linux.masked_paths;
  EXPECT_EQ(std::find(masked.begin(), masked.end(), "/proc/kcore"), masked.end());
  config.security.privileged = true;
  EXPECT_TRUE(build().linux.masked_paths.empty());
}

TEST_F(Built, KnowsTheExitCodesOfCommandsThatCannotRun) {
  config.command = {"nosuch"};
  EXPECT_EQ(build_spec(config, {"/run/x"}, {}).error().exit_code(), kExitNotFound);
  ASSERT_TRUE(sys::write_file(config.rootfs + "/bin/data", "", 0644));
  config.command = {"/bin/data"};
  EXPECT_EQ(build_spec(config, {"/run/x"}, {}).error().exit_code(), kExitNotExecutable);
}

TEST(SeccompProfile, KeepsTheRulesWhoseConditionsHold) {
  constexpr std::string_view kProfile =
      R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}},
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}},
    {"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_BPF"]}},
    {"names": ["s390_pci_mmio_read"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["nosucharch"]}}]})";
  const auto seccomp = parse_seccomp_profile(kProfile, "profile", {spec::Capability::sys_chroot});
  ASSERT_TRUE(seccomp) << seccomp.error().to_string();
  ASSERT_EQ(seccomp->syscalls.size(), 3U);
  EXPECT_EQ(seccomp->syscalls[1].names.front(), "chroot");
  EXPECT_EQ(seccomp->syscalls[2].action, spec::SeccompAction::error);
  EXPECT_EQ(seccomp->default_errno_return, 38U);
}

TEST(SeccompProfile, NamesWhatIsWrong) {
  EXPECT_EQ(parse_seccomp_profile("{", "profile", {}).has_value(), false);
  EXPECT_NE(parse_seccomp_profile(R"({"defaultAction": "MAYBE"})", "profile", {})
                .error()
                .to_string()
                .find("defaultAction"),
            std::string::npos);
}

}  // namespace
}  // namespace berth::engine
