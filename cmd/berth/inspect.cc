// berth inspect: containers in the shape of podman's JSON.
#include "engine/inspect.h"

#include "berth/globals.h"
#include "berth/verbs.h"
#include "common/dispatch.h"
#include "engine/reconcile.h"
#include "engine/template.h"
#include "json/value.h"

namespace berth {

namespace {

Result<engine::Container> look_up(engine::Engine& engine, const std::string& name) {
  TRY_ASSIGN(auto found, engine.store.find(name));
  TRY_ASSIGN(auto container, engine::refresh(engine, std::move(found)));
  if (!container) return Error::message(concat("no such container: ", name), ENOENT);
  return std::move(*container);
}

Result<std::string> through_template(const std::string& format, const engine::Engine& engine,
                                     const engine::Container& container) {
  json::Writer out;
  engine::inspect(out, engine, container);
  TRY_ASSIGN(const auto document, json::Document::parse(out.text(), "inspect"));
  TRY_ASSIGN(const auto text, engine::render_template(format, document.root()));
  return concat(text, "\n");
}

}  // namespace

Result<int> inspect(const flags::Arguments& args) {
  std::string format;
  flags::Parser parser("berth inspect", "CONTAINER [CONTAINER...]", "Shows all that is known of containers.");
  parser.value("format", 'f', "TEMPLATE", "only this, such as '{{.State.Status}}'", format);
  parser.ignored("type", 't', "TYPE").ignored("size", 's', "");
  parser.interspersed();
  TRY_ASSIGN(const auto operands, parser.parse(args));
  if (operands.help) return flags::print(parser.usage());
  if (operands.values.empty()) return parser.error("expected a container");
  TRY_ASSIGN(auto engine, open_engine());
  json::Writer out("     ");
  std::string texts;
  out.begin_array();
  TRY_ASSIGN(const int code,
             for_each_container("inspect", operands.values, [&](const std::string& name) -> Result<void> {
               TRY_ASSIGN(const auto container, look_up(engine, name));
               if (format.empty() || format == "json") {
                 engine::inspect(out, engine, container);
                 return {};
               }
               TRY_ASSIGN(const auto text, through_template(format, engine, container));
               return append(texts, text), Result<void>();
             }));
  out.end_array();
  TRY(flags::print(format.empty() || format == "json" ? concat(out.text(), "\n") : texts));
  return code;
}

}  // namespace berth
