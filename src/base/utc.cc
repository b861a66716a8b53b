#include "base/utc.h"

#include <chrono>

#include "base/text.h"

namespace berth {

namespace {

void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  const std::string digits = concat(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out.append(digits);
}

}  // namespace

std::string utc_text(const timespec& moment) {
  using namespace std::chrono;
  const sys_seconds second{seconds(moment.tv_sec)};
  const auto midnight = floor<days>(second);
  const year_month_day date(midnight);
  const hh_mm_ss<seconds> time(second - midnight);
  std::string out;
  append_padded(out, static_cast<int>(date.year()), 4);
  out.push_back('-');
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out.push_back('T');
  append_padded(out, time.hours().count(), 2);
  out.push_back(':');
  append_padded(out, time.minutes().count(), 2);
  out.push_back(':');
  append_padded(out, time.seconds().count(), 2);
  out.push_back('.');
  append_padded(out, moment.tv_nsec, 9);
  out.push_back('Z');
  return out;
}

}  // namespace berth
