#include "runtime/list.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"
#include "runtime/process_identity.h"
#include "runtime/state_dir.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

using Row = std::array<std::string, 6>;

pid_t shown_pid(const ListedContainer& container) {
  return container.status == contract::Status::stopped ? 0 : container.record.pid;
}

}  // namespace

Result<ListedContainer> find(const std::string& root, const std::string& id) {
  ListedContainer found;
  TRY_ASSIGN(found.record, read_record(root, id));
  TRY_ASSIGN(found.status, status_of(root, found.record));
  return found;
}

Result<std::vector<ListedContainer>> list(const std::string& root) {
  TRY_ASSIGN(const auto ids, list_ids(root));
  std::vector<ListedContainer> containers;
  containers.reserve(ids.size());
  for (const std::string& id : ids) {
    auto found = find(root, id);
    if (found) {
      containers.push_back(std::move(*found));
    } else if (!found.error().is(ENOENT)) {
      log::warning(found.error().to_string());
    }
  }
  return containers;
}

std::string owner_name(uid_t uid) {
  if (uid == 0) return "root";
  const auto passwd = sys::read_file("/etc/passwd");
  if (passwd) {
    for (const std::string_view line : split(*passwd, '\n')) {
      const auto fields = split(line, ':');
      if (fields.size() > 2 && parse_number<uid_t>(fields[2]) == uid) return std::string(fields[0]);
    }
  }
  return concat('#', uid);
}

std::string state_document(const ListedContainer& container) {
  return contract::state_json(container.record, container.status, owner_name(container.record.owner), "  ");
}

std::string list_document(const std::vector<ListedContainer>& containers) {
  if (containers.empty()) return "null\n";  // runc's word for none
  std::string out = "[";
  for (const ListedContainer& container : containers) {
    if (out.size() > 1) out.push_back(',');
    out.append(
        contract::state_json(container.record, container.status, owner_name(container.record.owner), ""));
  }
  out.append("]\n");
  return out;
}

std::string list_table(const std::vector<ListedContainer>& containers) {
  std::vector<Row> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  for (const ListedContainer& container : containers) {
    rows.push_back({container.record.id, concat(shown_pid(container)), std::string(to_text(container.status)),
                    container.record.bundle, container.record.created, owner_name(container.record.owner)});
  }
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths.at(i) = std::max(widths.at(i), row.at(i).size());
  }
  constexpr std::size_t kMinimum = 12;  // runc's tabwriter
  std::string out;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      append(out, row.at(i), std::string(std::max(widths.at(i) + 1, kMinimum) - row.at(i).size(), ' '));
    append(out, row.back(), '\n');
  }
  return out;
}

}  // namespace berth::runtime
