#include "base/error.h"

#include <cstring>

#include "base/text.h"

namespace berth {

Error Error::with_errno(int code, std::string_view operation, std::string_view object) {
  Error error;
  error.code_ = code;
  error.text_ = object.empty() ? concat(operation, ": ", ::strerror(code))
                               : concat(operation, " ", object, ": ", ::strerror(code));
  return error;
}

Error Error::invalid(std::string_view object, std::string_view what, int code) {
  Error error;
  error.code_ = code;
  error.text_ = concat(object, ": ", what);
  return error;
}

Error Error::message(std::string_view what, int code) {
  Error error;
  error.code_ = code;
  error.text_ = what;
  return error;
}

void Error::add_context(std::string_view doing, std::string_view object) {
  text_ = object.empty() ? concat(doing, ": ", text_) : concat(doing, " ", object, ": ", text_);
}

std::string Error::to_string() const {
  return escape_control(text_);
}

}  // namespace berth
