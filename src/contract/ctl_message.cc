#include "contract/ctl_message.h"

#include "base/text.h"

namespace berth::contract {

namespace {

constexpr unsigned short kMaxSide = 1000;  // conmon's bound

std::optional<CtlMessage> resize(std::string_view rows_text, std::string_view columns_text) {
  const auto rows = parse_number<unsigned short>(rows_text);
  const auto columns = parse_number<unsigned short>(columns_text);
  if (!rows || !columns || *rows > kMaxSide || *columns > kMaxSide) return std::nullopt;
  return CtlMessage{.type = CtlType::resize, .rows = *rows, .columns = *columns};
}

}  // namespace

std::string to_line(const CtlMessage& message) {
  return concat(static_cast<int>(message.type), ' ', message.rows, ' ', message.columns, '\n');
}

std::optional<CtlMessage> parse_ctl_message(std::string_view line) {
  const auto parts = split(trim(line), ' ');
  if (parts.size() != 3) return std::nullopt;
  auto message = resize(parts[1], parts[2]);
  if (!message) return std::nullopt;
  const auto type = parse_number<int>(parts[0]);
  for (const CtlType known : {CtlType::resize, CtlType::reopen_logs, CtlType::ready}) {
    if (type != static_cast<int>(known)) continue;
    message->type = known;
    return message;
  }
  return std::nullopt;
}

std::optional<CtlMessage> parse_winsz_message(std::string_view line) {
  const auto parts = split(trim(line), ' ');
  if (parts.size() != 2) return std::nullopt;
  return resize(parts[0], parts[1]);
}

}  // namespace berth::contract
