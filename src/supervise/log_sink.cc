#include "supervise/log_sink.h"

#include <cstring>

#include "base/text.h"

namespace berth::supervise {

std::string as_report(std::string_view words) {
  return concat("[berth-monitor: ", words, ']');
}

std::string LossCount::to_string() const {
  return concat(lines_, lines_ == 1 ? " line" : " lines", " of output lost: ", ::strerror(code_));
}

}  // namespace berth::supervise
