#include "engine/template.h"

#include "base/text.h"

namespace berth::engine {

namespace {

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 't' || text[i + 1] == 'n')) {
      out.push_back(text[++i] == 't' ? '\t' : '\n');
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// As Go prints a value: text bare, a list in brackets.
Result<std::string> show(const json::Value& value) {
  if (value.is_string()) return value.as_string();
  if (!value.is_array()) return value.to_text();
  TRY_ASSIGN(const auto elements, value.elements());
  std::string out;
  for (const json::Value& element : elements) {
    TRY_ASSIGN(const auto text, show(element));
    append(out, out.empty() ? "" : " ", text);
  }
  return concat('[', out, ']');
}

Result<std::string> evaluate(std::string_view expression, const json::Value& document) {
  std::string_view path = trim(expression);
  const bool as_json = path.starts_with("json ");
  if (as_json) path = trim(path.substr(5));
  if (!path.starts_with('.')) {
    return Error::message(
        concat("--format: \"{{", expression, "}}\" is not supported: only {{.Field}} and {{json .Field}}"),
        EINVAL);
  }
  json::Value value = document;
  if (path != ".") {
    for (const std::string_view name : split(path.substr(1), '.')) {
      const auto member = value.find(name);
      if (!member) return Error::message(concat("--format: there is no field ", path), EINVAL);
      value = *member;
    }
  }
  return as_json ? value.to_text() : show(value);
}

}  // namespace

Result<std::string> render_template(std::string_view format, const json::Value& document) {
  std::string out;
  while (true) {
    const auto open = format.find("{{");
    append(out, unescape(format.substr(0, open)));
    if (open == std::string_view::npos) return out;
    const auto close = format.find("}}", open);
    if (close == std::string_view::npos) return Error::message("--format: \"{{\" without \"}}\"", EINVAL);
    TRY_ASSIGN(const auto text, evaluate(format.substr(open + 2, close - open - 2), document));
    out.append(text);
    format.remove_prefix(close + 2);
  }
}

}  // namespace berth::engine
