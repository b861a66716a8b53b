#include "supervise/output_pump.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "sys/child.h"

namespace berth::supervise {
namespace {

// Somebody else writes to the pipe as often as it is read: a process that has escaped the container.
class Refilling final : public LogSink {
 public:
  Refilling(int pipe, std::string& all) : pipe_(pipe), all_(all) {}
  void write(const OutputChunk& chunk) override {
    all_.append(chunk.data);
    constexpr std::string_view kNoise = "noise\n";
    if (all_.size() > 200) return;
    ASSERT_EQ(::write(pipe_, kNoise.data(), kNoise.size()), ssize_t{kNoise.size()});
  }

 private:
  int pipe_;
  std::string& all_;
};

TEST(OutputPump, TakesAtTheEndWhatWasWrittenUntilThenAndNoMore) {
  auto loop = std::move(*sys::EventLoop::make());
  auto pipe = std::move(*sys::Pipe::make());
  std::string all;
  std::vector<std::unique_ptr<LogSink>> sinks;
  sinks.push_back(std::make_unique<Refilling>(pipe.write_end.get(), all));
  auto pump = std::move(*OutputPump::make(*loop, sinks, nullptr));
  ASSERT_TRUE(pump->add(contract::LogStream::out, std::move(pipe.read_end), OutputPump::Source::pipe));
  ASSERT_EQ(::write(pipe.write_end.get(), "last words\n", 11), 11);
  pump->drain();
  EXPECT_EQ(all, "last words\n");
}

}  // namespace
}  // namespace berth::supervise
