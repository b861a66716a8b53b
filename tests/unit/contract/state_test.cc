#include "contract/state.h"

#include <gtest/gtest.h>

#include "json/value.h"

namespace berth::contract {
namespace {

ContainerRecord sample() {
  ContainerRecord record;
  record.oci_version = "1.3.0";
  record.id = "web";
  record.bundle = "/bundles/web";
  record.rootfs = "/bundles/web/rootfs";
  record.created = "2026-01-02T03:04:05.000000006Z";
  record.annotations = {{"a", "\"quoted\""}};
  record.owner = 1000;
  record.pid = 42;
  record.start_time = 99;
  record.cgroup = "/sys/fs/cgroup/web";
  record.namespaces = 0x20000000;
  record.descriptors = {"/dev/null", "pipe:[7]", "pipe:[8]"};
  return record;
}

TEST(ContainerRecord, SurvivesItsFile) {
  const auto parsed = parse_record(to_json(sample()), "state.json");
  ASSERT_TRUE(parsed) << parsed.error().to_string();
  EXPECT_EQ(*parsed, sample());
}

TEST(ContainerRecord, RefusesWhatIsCutOffOfAnotherVersionOrImpossible) {
  const std::string text = to_json(sample());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_record(text.substr(0, size), "x")) << size;
  EXPECT_EQ(parse_record(R"({"version":2})", "state.json").error().to_string(),
            "state.json: version: expected 1, found 2");
  auto negative = sample();
  negative.pid = -1;
  EXPECT_FALSE(parse_record(to_json(negative), "x"));
}

TEST(StateJson, HasNoPidOnceStoppedAndLeavesOutEmptyAnnotations) {
  auto record = sample();
  record.annotations.clear();
  EXPECT_EQ(state_json(record, Status::stopped, "root", ""),
            R"({"ociVersion":"1.3.0","id":"web","pid":0,"status":"stopped","bundle":"/bundles/web",)"
            R"("rootfs":"/bundles/web/rootfs","created":"2026-01-02T03:04:05.000000006Z","owner":"root"})");
}

TEST(HookStateJson, IsOneObjectAroundThePid) {
  const auto parts = hook_state_json(sample(), Status::creating);
  const auto document = json::Document::parse(parts.before_pid + "7" + parts.after_pid, "hook state");
  ASSERT_TRUE(document) << document.error().to_string();
  int pid = 0;
  std::string status;
  ASSERT_TRUE(json::read_required(document->root(), "pid", pid));
  ASSERT_TRUE(json::read_required(document->root(), "status", status));
  EXPECT_EQ(pid, 7);
  EXPECT_EQ(status, "creating");
}

}  // namespace
}  // namespace berth::contract
