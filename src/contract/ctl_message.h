// Lines on BUNDLE/ctl, the FIFO by which a monitor is told things: "TYPE A B\n", conmon's format.
//
//   1 ROWS COLUMNS   the terminal's new size
//   2 0 0            open the log files anew (they were moved away)
//   16 0 0           ours: the container is up; with --sdnotify-mode conmon or healthy the monitor says READY=1
// BUNDLE/winsz takes "ROWS COLUMNS\n".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth::contract {

inline constexpr std::string_view kCtlFifoName = "ctl";
inline constexpr std::string_view kWinszFifoName = "winsz";
inline constexpr std::size_t kMaxCtlLine = 200;  // a longer line is not one of these

enum class CtlType { resize = 1, reopen_logs = 2, ready = 16 };

struct CtlMessage {
  CtlType type = CtlType::resize;
  unsigned short rows = 0;
  unsigned short columns = 0;
};

[[nodiscard]] std::string to_line(const CtlMessage& message);
// `line` with or without its newline; nullopt when it is none of the above.
[[nodiscard]] std::optional<CtlMessage> parse_ctl_message(std::string_view line);
// The winsz FIFO's line, as a resize.
[[nodiscard]] std::optional<CtlMessage> parse_winsz_message(std::string_view line);

}  // namespace berth::contract
