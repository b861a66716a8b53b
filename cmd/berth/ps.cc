// berth ps: the list of containers.
#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/list.h"

namespace berth {

Result<int> ps(const flags::Arguments& args) {
  engine::ListOptions options;
  bool latest = false;
  flags::Parser parser("berth ps", "", "Lists the containers that run.");
  parser.toggle("all", 'a', "also those that do not run", options.all);
  parser.toggle("quiet", 'q', "IDs only", options.quiet);
  parser.value("format", 0, "FORMAT", "json, or a template such as '{{.ID}} {{.Names}} {{.Status}}'",
               options.format);
  parser.list("filter", 'f', "NAME=VALUE", "only those that match: name, id, status, exited, label",
              options.filters);
  parser.number("last", 'n', "NUMBER", "the newest, in any state", options.last);
  parser.toggle("latest", 'l', "the newest one, in any state", latest);
  parser.toggle("no-trunc", 0, "whole IDs and commands", options.no_trunc);
  parser.toggle("noheading", 0, "without a heading", options.no_heading);
  parser.ignored("sync", 0, "").ignored("external", 0, "").ignored("namespace", 0, "");
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (!operands.values.empty()) return parser.error(concat("unexpected argument: ", operands.values.front()));
  if (latest) options.last = 1;
  TRY_ASSIGN(auto engine, open_engine());
  TRY_ASSIGN(const auto text, engine::list_containers(engine, options));
  return flags::print(text);
}

}  // namespace berth
