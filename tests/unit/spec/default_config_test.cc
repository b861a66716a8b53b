#include "spec/default_config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "spec/config_writer.h"
#include "sys/file.h"

namespace berth::spec {
namespace {

TEST(DefaultConfig, IsValidAndSurvivesTheRoundTrip) {
  for (const Config& config : {default_config(), rootless_config(1000, 1001)}) {
    const auto parsed = parse_config(to_json(config), "config.json");
    ASSERT_TRUE(parsed) << parsed.error().to_string();
    EXPECT_EQ(*parsed, config);
  }
}

TEST(DefaultConfig, IsNeverWrittenOverAnotherOne) {
  const std::string bundle = testing::TempDir() + "berth-spec-" + std::to_string(::getpid());
  ASSERT_TRUE(sys::make_directory(bundle, 0700));
  ASSERT_TRUE(write_default(bundle, false));
  const auto loaded = load_config(bundle);
  ASSERT_TRUE(loaded) << loaded.error().to_string();
  EXPECT_EQ(*loaded, default_config());
  const auto again = write_default(bundle, true);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().to_string(), "File config.json exists. Remove it first");
  EXPECT_EQ(*load_config(bundle), default_config());
  ASSERT_TRUE(sys::remove_tree(bundle));
}

TEST(DefaultConfig, MapsTheUserOfARootlessBundle) {
  const Config config = rootless_config(1000, 1001);
  EXPECT_TRUE(config.linux.has(NamespaceType::user));
  EXPECT_FALSE(config.linux.has(NamespaceType::network));
  EXPECT_EQ(to_host(config.linux.uid_mappings, 0), 1000U);
  EXPECT_EQ(to_host(config.linux.gid_mappings, 0), 1001U);
}

}  // namespace
}  // namespace berth::spec
