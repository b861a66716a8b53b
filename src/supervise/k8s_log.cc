#include "supervise/k8s_log.h"

#include <cstring>

#include "base/text.h"

namespace berth::supervise {

void K8sLog::write(const OutputChunk& chunk) {
  if (file_.loss().any()) report_loss(chunk.time_ns);
  // The whole head of an entry, so that one memcpy puts it there.
  const std::string full = concat(clock_.format(chunk.time_ns), ' ', contract::to_text(chunk.stream), " F ");
  std::string_view rest = chunk.data;
  while (!rest.empty()) {
    const auto* newline = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
    if (newline == nullptr) break;
    const auto length = static_cast<std::size_t>(newline - rest.data());
    entry(full, false, rest.substr(0, length));
    rest.remove_prefix(length + 1);
  }
  if (!rest.empty()) entry(full, true, rest);
  file_.flush();
}

void K8sLog::entry(std::string_view prefix, bool partial, std::string_view text) {
  for (; text.size() > kMaxEntryText; text.remove_prefix(kMaxEntryText))
    put(prefix, true, text.substr(0, kMaxEntryText));
  put(prefix, partial, text);
}

void K8sLog::put(std::string_view prefix, bool partial, std::string_view text) {
  char* at = file_.reserve(prefix.size() + text.size() + 1);
  if (at == nullptr) return;
  std::memcpy(at, prefix.data(), prefix.size());
  if (partial) at[prefix.size() - 2] = 'P';
  at += prefix.size();
  std::memcpy(at, text.data(), text.size());
  at += text.size();
  *at++ = '\n';
  file_.put(at);
}

void K8sLog::report_loss(std::int64_t time_ns) {
  const LossCount loss = file_.settle();
  const std::string prefix = concat(clock_.format(time_ns), " stderr F ");
  entry(prefix, false, concat("[berth-monitor: ", loss.to_string(), ']'));
  file_.flush();
  file_.unsettled(loss);
}

void K8sLog::finish() {
  if (file_.loss().any()) report_loss(LogClock::now());
}

}  // namespace berth::supervise
