#include "supervise/k8s_format.h"

#include "base/text.h"

namespace berth::supervise {

EntryFrames K8sFormat::frames(std::string_view time, contract::LogStream stream) {
  const std::string_view name = to_text(stream);
  return {.full = {.head = concat(time, ' ', name, " F "), .tail = "\n"},
          .partial = {.head = concat(time, ' ', name, " P "), .tail = "\n"}};
}

}  // namespace berth::supervise
