#include "systemd/drop_report.h"

#include "base/log.h"

namespace berth::systemd {

namespace {

constexpr auto kBurst = std::chrono::seconds(10);

// The modes that swallow do so on purpose, and a lost host is the sender's to report.
bool is_news(NotifyDrop drop) noexcept {
  return drop != NotifyDrop::none && drop != NotifyDrop::swallowed && drop != NotifyDrop::no_host;
}

}  // namespace

void DropReport::add(NotifyDrop drop) {
  if (!is_news(drop)) return;
  if (burst_.at(static_cast<std::size_t>(drop))++ == 0) {
    log::warning("sd_notify: dropped a message of the container: ", describe(drop));
  }
  if (timer_.active()) return;
  if (auto timer = loop_.after(kBurst, [this] { end_burst(); })) timer_ = std::move(*timer);
}

void DropReport::end_burst() {
  timer_.reset();
  for (std::size_t i = 0; i < burst_.size(); ++i) {
    const unsigned count = std::exchange(burst_.at(i), 0U);
    if (count <= 1) continue;
    log::warning("sd_notify: dropped ", count - 1, " more: ", describe(static_cast<NotifyDrop>(i)));
  }
}

}  // namespace berth::systemd
