#include "runtime/systemd_scope.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include "spec/default_config.h"

namespace berth::runtime {
namespace {

using systemd::UnitProperty;

TEST(ScopeName, IsMadeOfSlicePrefixAndName) {
  EXPECT_EQ(*scope_name("machine.slice:libpod:web", "id"), (ScopeName{"machine.slice", "libpod-web.scope"}));
  EXPECT_EQ(*scope_name("::web", "id"), (ScopeName{"", "web.scope"}));
  EXPECT_EQ(*scope_name("", "id"), (ScopeName{"", "berth-id.scope"}));
  for (const char* bad : {"/a/b", "a:b", "a:b:", "a:b:c:d", "a/b:c:d"})
    EXPECT_FALSE(scope_name(bad, "id")) << bad;
}

std::vector<UnitProperty> properties_of(spec::Resources resources,
                                        std::map<std::string, std::string> annotations = {}) {
  spec::Config config = spec::default_config();
  config.linux.resources = std::move(resources);
  config.annotations = std::move(annotations);
  auto properties = scope_properties(config);
  EXPECT_TRUE(properties) << properties.error().to_string();
  return properties ? *properties : std::vector<UnitProperty>{};
}

TEST(ScopeProperties, TakeTheAnnotationsForSystemd) {
  EXPECT_EQ(properties_of({}, {{"org.systemd.property.TimeoutStopUSec", "uint64 5"}, {"other", "x"}}),
            (std::vector<UnitProperty>{{"TimeoutStopUSec", std::uint64_t{5}}}));
  spec::Config config = spec::default_config();
  config.annotations["org.systemd.property.X"] = "what";
  const auto refused = scope_properties(config);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().to_string().find("annotation org.systemd.property.X"), std::string::npos);
}

TEST(Placeholder, LivesAsLongAsItsOwner) {
  pid_t pid = 0;
  {
    auto placeholder = Placeholder::start();
    ASSERT_TRUE(placeholder);
    pid = placeholder->pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1) << "reaped";
}

}  // namespace
}  // namespace berth::runtime
