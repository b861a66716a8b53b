#include "engine/container_store.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/container_lock.h"
#include "engine/container_name.h"
#include "sys/file.h"

namespace berth::engine {
namespace {

class Store : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/store-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    paths = {.root = pattern, .run_root = pattern};
  }
  void TearDown() override { ignore(sys::remove_tree(paths.root)); }

  ContainerStore open() {
    auto store = ContainerStore::open(paths);
    EXPECT_TRUE(store) << store.error().to_string();
    return std::move(*store);
  }
  static Container named(const std::string& id_start, const std::string& name) {
    Container container;
    container.config.id = id_start + std::string(64 - id_start.size(), '0');
    container.config.name = name;
    return container;
  }

  Paths paths;
};

TEST_F(Store, GivesBackWhatWasPutIn) {
  auto store = open();
  Container container = named("ab", "web");
  container.config.mounts = {{.type = "bind", .source = "/a", .destination = "/b", .options = {"ro"}}};
  container.config.ulimits = {{.name = "nofile", .soft = 1, .hard = 2}};
  container.config.resources.memory = 5;
  container.config.security.cap_add = {"NET_ADMIN"};
  container.config.labels = {{"a", "b"}};
  container.status.created_ns = 7;
  ASSERT_TRUE(store.insert(container));
  const auto found = store.find("web");
  ASSERT_TRUE(found);
  EXPECT_EQ(encode(found->config), encode(container.config));
  EXPECT_EQ(found->config.mounts, container.config.mounts);
  EXPECT_EQ(found->config.resources.memory, 5);
  EXPECT_FALSE(found->config.resources.pids_limit);
  EXPECT_EQ(found->status.created_ns, 7);
  EXPECT_EQ(found->status.phase, Phase::configured);
}

TEST_F(Store, RefusesANameThatIsTaken) {
  auto store = open();
  ASSERT_TRUE(store.insert(named("ab", "web")));
  const auto again = store.insert(named("cd", "web"));
  ASSERT_FALSE(again);
  EXPECT_TRUE(Result<void>(again).error().is(EEXIST));
  EXPECT_EQ(store.list()->size(), 1U);
}

TEST_F(Store, FindsByABeginningThatOnlyOneHas) {
  auto store = open();
  ASSERT_TRUE(store.insert(named("ab1", "one")));
  ASSERT_TRUE(store.insert(named("ab2", "two")));
  EXPECT_EQ(store.find("ab1")->config.name, "one");
  EXPECT_TRUE(store.find("ab").error().is(EINVAL));
  EXPECT_TRUE(store.find("b").error().is(ENOENT));
  EXPECT_TRUE(store.find("").error().is(ENOENT));
  EXPECT_TRUE(store.find("%").error().is(ENOENT));
}

TEST_F(Store, PrefersANameToABeginningOfAnId) {
  auto store = open();
  ASSERT_TRUE(store.insert(named("ab1", "one")));
  ASSERT_TRUE(store.insert(named("cd1", "ab1")));
  EXPECT_EQ(store.find("ab1")->config.id.substr(0, 3), "cd1");
}

TEST_F(Store, RemembersAnExitAfterTheContainerIsGone) {
  auto store = open();
  const Container container = named("ab", "web");
  ASSERT_TRUE(store.insert(container));
  ASSERT_TRUE(store.save(container.config.id, {.phase = Phase::exited, .exit_code = 6, .finished_ns = 9}));
  ASSERT_TRUE(store.remove(container.config.id));
  EXPECT_FALSE(store.load(container.config.id)->has_value());
  EXPECT_EQ(store.last_exit(container.config.id)->value().exit_code, 6);
}

TEST_F(Store, IsSharedByTwoConnections) {
  auto one = open();
  auto two = open();
  ASSERT_TRUE(one.insert(named("ab", "web")));
  EXPECT_TRUE(two.find("web"));
  EXPECT_FALSE(two.insert(named("cd", "web")));
}

TEST_F(Store, RefusesADatabaseOfALaterVersion) {
  {
    auto database = Database::open(paths.database());
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->run("PRAGMA user_version = 1000"));
  }
  const auto store = ContainerStore::open(paths);
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().to_string().find("a later berth"), std::string::npos);
}

TEST_F(Store, SaysWhatIsWrongWithAFileThatIsNoDatabase) {
  ASSERT_TRUE(sys::write_file(paths.database(), std::string(4096, 'x')));
  EXPECT_FALSE(ContainerStore::open(paths));
}

TEST_F(Store, LocksOneContainerAndNotAnother) {
  const std::string one(64, 'a');
  const std::string two(64, 'b');
  auto held = ContainerLock::acquire(paths, one);
  ASSERT_TRUE(held);
  EXPECT_FALSE(ContainerLock::try_acquire(paths, one)->has_value());
  EXPECT_TRUE(ContainerLock::try_acquire(paths, two)->has_value());
  { const ContainerLock released = std::move(*held); }
  EXPECT_TRUE(ContainerLock::try_acquire(paths, one)->has_value());
}

TEST(ContainerName, FollowsPodmansRule) {
  for (const char* name : {"web", "Web-1", "a.b_c"}) EXPECT_TRUE(check_name(name)) << name;
  for (const char* name : {"", "-x", ".x", "a b", "a/b", "ä"}) EXPECT_FALSE(check_name(name)) << name;
}

TEST(ContainerName, MakesUpNamesAndIds) {
  EXPECT_TRUE(check_name(*random_name()));
  EXPECT_EQ(random_id()->size(), 64U);
  EXPECT_NE(*random_id(), *random_id());
}

}  // namespace
}  // namespace berth::engine
