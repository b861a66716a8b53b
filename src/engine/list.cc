#include "engine/list.h"

#include <algorithm>

#include "base/text.h"
#include "engine/container_name.h"
#include "engine/quantity.h"
#include "engine/reconcile.h"
#include "engine/template.h"
#include "json/value.h"
#include "json/writer.h"

namespace berth::engine {

namespace {

constexpr std::size_t kShortCommand = 20;
constexpr std::int64_t kSecond = 1'000'000'000;

using Row = std::vector<std::string>;

bool is_shown(const Container& container, bool all) {
  return all || container.status.phase == Phase::running || container.status.phase == Phase::stopping;
}

Result<bool> matches(const Container& container, std::string_view filter) {
  const auto pair = split_once(filter, '=');
  if (!pair) return Error::message(concat("--filter: expected NAME=VALUE, found \"", filter, "\""), EINVAL);
  const auto& [key, value] = *pair;
  if (key == "name") return container.config.name.find(value) != std::string::npos;
  if (key == "id") return container.config.id.starts_with(value);
  if (key == "status") return status_word(container.status.phase) == value;
  if (key == "exited")
    return container.status.phase == Phase::exited && concat(container.status.exit_code) == value;
  if (key == "label") {
    const auto label = split_once(value, '=');
    const auto found = container.config.labels.find(std::string(label ? label->first : value));
    return found != container.config.labels.end() && (!label || found->second == label->second);
  }
  return Error::message(concat("--filter: expected name, id, status, exited or label, found \"", key, "\""),
                        EINVAL);
}

Result<std::vector<Container>> select(Engine& engine, const ListOptions& options) {
  TRY_ASSIGN(auto all, engine.store.list());
  const bool every_state = options.all || options.last >= 0 ||
                           std::any_of(options.filters.begin(), options.filters.end(), [](const auto& f) {
                             return f.starts_with("status=") || f.starts_with("exited=");
                           });
  std::vector<Container> selected;
  for (Container& listed : all) {
    TRY_ASSIGN(auto container, refresh(engine, std::move(listed)));
    if (!container || !is_shown(*container, every_state)) continue;
    bool wanted = true;
    for (const std::string& filter : options.filters) {
      TRY_ASSIGN(const bool match, matches(*container, filter));
      wanted = wanted && match;
    }
    if (wanted) selected.push_back(std::move(*container));
  }
  const auto limit = static_cast<std::size_t>(std::max(options.last, 0));
  if (options.last >= 0 && selected.size() > limit) {
    selected.erase(selected.begin(), selected.end() - static_cast<std::ptrdiff_t>(limit));
  }
  return selected;
}

std::string shown_command(const ContainerConfig& config, bool whole) {
  std::string command = join(config.arguments(), " ");
  if (!whole && command.size() > kShortCommand) command = concat(command.substr(0, kShortCommand - 3), "...");
  return escape_control(command);
}

std::string shown_id(const ContainerConfig& config, bool whole) {
  return whole ? config.id : config.id.substr(0, kShortId);
}

std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      append(line, row[i], std::string(i + 1 < row.size() ? widths[i] - row[i].size() + 2 : 0, ' '));
    }
    while (line.ends_with(' ')) line.pop_back();
    append(out, line, '\n');
  }
  return out;
}

std::string table(const std::vector<Container>& containers, const ListOptions& options) {
  const std::int64_t now = now_ns();
  std::vector<Row> rows;
  if (!options.no_heading)
    rows.push_back({"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"});
  for (const Container& container : containers) {
    rows.push_back({shown_id(container.config, options.no_trunc), "",
                    shown_command(container.config, options.no_trunc),
                    concat(human_duration(now - container.status.created_ns), " ago"),
                    status_text(container.status, now), "", container.config.name});
  }
  return aligned(rows);
}

void put_times(json::Writer& out, const ContainerStatus& status) {
  out.member("Created", status.created_ns / kSecond);
  out.member("CreatedAt", format_time(status.created_ns));
  out.member("StartedAt", status.started_ns / kSecond);
  out.member("ExitedAt", status.finished_ns / kSecond);
}

// One element of podman's `ps --format json`.
void put_container(json::Writer& out, const Container& container, std::int64_t now) {
  const auto& [config, status] = container;
  out.begin_object();
  out.member("AutoRemove", config.auto_remove).member("Command", config.arguments());
  put_times(out, status);
  out.member("Exited", status.phase == Phase::exited).member("ExitCode", status.exit_code);
  out.member("Id", config.id).member("Image", "").member("ImageID", "").member("IsInfra", false);
  out.member("Labels", config.labels);
  out.key("Mounts").begin_array();
  for (const MountRequest& mount : config.mounts) out.value(mount.destination);
  out.end_array();
  out.member("Names", std::vector<std::string>{config.name});
  out.key("Namespaces").begin_object().end_object();
  out.member("Networks", std::vector<std::string>());
  out.member("Pid", status.active() ? status.pid : 0).member("Pod", "").member("PodName", "");
  out.key("Ports").null().key("Size").null();
  out.member("State", status_word(status.phase)).member("Status", status_text(status, now));
  out.end_object();
}

// The names that `ps --format '{{.…}}'` knows, each as it is shown.
std::string template_fields(const Container& container, std::int64_t now) {
  const auto& [config, status] = container;
  std::string labels;
  for (const auto& [name, value] : config.labels) append(labels, labels.empty() ? "" : ",", name, '=', value);
  json::Writer out;
  out.begin_object();
  out.member("ID", config.id.substr(0, kShortId)).member("Id", config.id).member("Image", "");
  out.member("Command", shown_command(config, true)).member("Names", config.name).member("Labels", labels);
  out.member("CreatedHuman", concat(human_duration(now - status.created_ns), " ago"));
  out.member("RunningFor", concat(human_duration(now - status.created_ns), " ago"));
  out.member("CreatedAt", format_time(status.created_ns))
      .member("Created", concat(human_duration(now - status.created_ns), " ago"));
  out.member("StartedAt", status.started_ns / kSecond).member("ExitedAt", status.finished_ns / kSecond);
  out.member("Status", status_text(status, now)).member("State", status_word(status.phase));
  out.member("ExitCode", status.exit_code).member("Exited", status.phase == Phase::exited);
  out.member("Pid", status.active() ? status.pid : 0).member("Ports", "").member("Networks", config.network);
  out.member("Mounts", config.rootfs).member("Pod", "").member("AutoRemove", config.auto_remove);
  out.end_object();
  return std::move(out).text();
}

std::string heading_of(std::string_view format) {
  std::string heading;
  while (true) {
    const auto open = format.find("{{");
    heading.append(format.substr(0, open));
    if (open == std::string_view::npos) break;
    const auto close = format.find("}}", open);
    if (close == std::string_view::npos) break;
    std::string name(trim(format.substr(open + 2, close - open - 2)));
    for (char& c : name) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    heading.append(name, name.starts_with('.') ? 1 : 0);
    format.remove_prefix(close + 2);
  }
  return heading;
}

Result<std::string> templated(const std::vector<Container>& containers, const ListOptions& options) {
  std::string_view format = options.format;
  const bool as_table = format.starts_with("table ");
  if (as_table) format.remove_prefix(6);
  std::vector<std::string> lines;
  const std::int64_t now = now_ns();
  if (as_table && !options.no_heading) {
    TRY_ASSIGN(const auto empty, json::Document::parse("{}", "heading"));
    TRY_ASSIGN(auto heading, render_template(heading_of(format), empty.root()));
    lines.push_back(std::move(heading));
  }
  for (const Container& container : containers) {
    TRY_ASSIGN(const auto fields, json::Document::parse(template_fields(container, now), "container"));
    TRY_ASSIGN(auto line, render_template(format, fields.root()));
    lines.push_back(std::move(line));
  }
  if (!as_table) return lines.empty() ? std::string() : concat(join(lines, "\n"), "\n");
  std::vector<Row> rows;
  for (const std::string& line : lines) {
    Row row;
    for (const std::string_view cell : split(line, line.find('\t') != std::string::npos ? '\t' : ' ')) {
      if (!cell.empty()) row.emplace_back(cell);
    }
    rows.push_back(std::move(row));
  }
  return aligned(rows);
}

}  // namespace

std::string status_text(const ContainerStatus& status, std::int64_t now) {
  switch (status.phase) {
    case Phase::configured:
    case Phase::creating:
      return "Created";
    case Phase::created:
      return "Initialized";
    case Phase::running:
      return concat("Up ", human_duration(now - status.started_ns));
    case Phase::stopping:
      return "Stopping";
    case Phase::exited:
      return concat("Exited (", status.exit_code, ") ", human_duration(now - status.finished_ns), " ago");
    case Phase::removing:
      return "Removing";
  }
  return {};
}

Result<std::string> list_containers(Engine& engine, const ListOptions& options) {
  TRY_ASSIGN(const auto containers, select(engine, options));
  if (options.quiet) {
    std::string out;
    for (const Container& container : containers)
      append(out, shown_id(container.config, options.no_trunc), '\n');
    return out;
  }
  if (options.format.empty() || options.format == "table") return table(containers, options);
  if (options.format != "json") return templated(containers, options);
  json::Writer out("  ");
  out.begin_array();
  for (const Container& container : containers) put_container(out, container, now_ns());
  out.end_array();
  return concat(out.text(), "\n");
}

}  // namespace berth::engine
