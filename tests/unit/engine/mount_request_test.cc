#include "engine/mount_request.h"

#include <gtest/gtest.h>

namespace berth::engine {
namespace {

using Options = std::vector<std::string>;

TEST(Volume, IsARecursivePrivateBind) {
  const auto mount = parse_volume("/tmp:/data");
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->source, "/tmp");
  EXPECT_EQ(mount->destination, "/data");
  EXPECT_EQ(mount->options, (Options{"rw", "rbind", "rprivate"}));
}

TEST(Volume, TakesOptions) {
  EXPECT_EQ(parse_volume("/tmp:/data:ro,noexec,z")->options, (Options{"ro", "noexec", "rbind", "rprivate"}));
  EXPECT_EQ(parse_volume("/tmp:/data:bind,rslave")->options, (Options{"bind", "rslave"}));
}

TEST(Volume, RefusesWhatItCannotMean) {
  for (const char* text : {"", "/tmp", ":/data", "/tmp:data", "/tmp:/", "/tmp:/a/../b", "/tmp:/data:fast",
                           "/tmp:/data:ro:x", "name:/data", "/no/such/path:/data"}) {
    EXPECT_FALSE(parse_volume(text)) << text;
  }
}

TEST(Mount, IsSpelledOut) {
  EXPECT_EQ(parse_mount("type=bind,src=/tmp,dst=/data,ro=true,bind-propagation=rshared")->options,
            (Options{"ro", "rshared", "rbind"}));
  EXPECT_EQ(parse_mount("type=tmpfs,destination=/data,tmpfs-size=1m,tmpfs-mode=700")->options,
            (Options{"size=1m", "mode=700"}));
}

TEST(Mount, RefusesWhatItCannotMean) {
  for (const char* text :
       {"", "type=volume,dst=/data", "type=bind,dst=/data", "type=tmpfs", "type=tmpfs,dst=/d,x=y"}) {
    EXPECT_FALSE(parse_mount(text)) << text;
  }
}

TEST(Tmpfs, HasADestinationAndOptions) {
  EXPECT_EQ(parse_tmpfs("/run:size=1m,mode=755")->options, (Options{"size=1m", "mode=755"}));
  EXPECT_FALSE(parse_tmpfs("run"));
}

}  // namespace
}  // namespace berth::engine
