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

class Wanting final : public LogSink {
 public:
  explicit Wanting(std::vector<std::size_t>& sizes) : sizes_(sizes) {}
  void write(const OutputChunk& chunk) override { sizes_.push_back(chunk.data.size()); }
  [[nodiscard]] std::size_t wanted() const override { return sizes_.size() == 1 ? 10 : 0; }

 private:
  std::vector<std::size_t>& sizes_;
};

TEST(OutputPump, ReadsAsMuchAsALogWants) {
  auto loop = std::move(*sys::EventLoop::make());
  auto pipe = std::move(*sys::Pipe::make());
  std::vector<std::size_t> sizes;
  std::vector<std::unique_ptr<LogSink>> sinks;
  sinks.push_back(std::make_unique<Wanting>(sizes));
  auto pump = std::move(*OutputPump::make(*loop, sinks, nullptr));
  ASSERT_TRUE(pump->add(contract::LogStream::out, std::move(pipe.read_end), OutputPump::Source::pipe));
  const std::string text(1000, 'x');
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(::write(pipe.write_end.get(), text.data(), text.size()), ssize_t{1000});
    ASSERT_TRUE(loop->run_once(-1));
  }
  pump->drain();
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1000, 10, 990}));
}

TEST(OutputPump, APipeIsLargeOnlyWhileItIsBusy) {
  auto loop = std::move(*sys::EventLoop::make());
  auto pipe = std::move(*sys::Pipe::make());
  const UniqueFd write_end = std::move(pipe.write_end);
  std::vector<std::unique_ptr<LogSink>> sinks;
  auto pump = std::move(*OutputPump::make(*loop, sinks, nullptr));
  ASSERT_TRUE(pump->add(contract::LogStream::out, std::move(pipe.read_end), OutputPump::Source::pipe));
  const int before = ::fcntl(write_end.get(), F_GETPIPE_SZ);
  const std::string block(static_cast<std::size_t>(before), 'x');
  ASSERT_EQ(::write(write_end.get(), block.data(), block.size()), ssize_t{before});
  ASSERT_TRUE(loop->run_once(-1));
  EXPECT_GT(::fcntl(write_end.get(), F_GETPIPE_SZ), before);
  for (int round = 0; round < 5 && ::fcntl(write_end.get(), F_GETPIPE_SZ) > before; ++round)
    ASSERT_TRUE(loop->run_once(5000));
  EXPECT_EQ(::fcntl(write_end.get(), F_GETPIPE_SZ), before);
}

}  // namespace
}  // namespace berth::supervise
