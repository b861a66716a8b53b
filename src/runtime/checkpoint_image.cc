#include "runtime/checkpoint_image.h"

#include <fcntl.h>

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"
#include "sys/file.h"

namespace berth::runtime {

namespace {

constexpr mode_t kMode = 0700;
constexpr std::string_view kDescriptors = "/descriptors.json";

std::string image_directory(const std::string& path) {
  return sys::absolute_path(path.empty() ? "checkpoint" : path);
}

}  // namespace

Result<CheckpointImage> CheckpointImage::make(const std::string& image_path, const std::string& work_path) {
  TRY(sys::make_directories(image_directory(image_path), kMode).context("--image-path"));
  return open(image_path, work_path);
}

Result<CheckpointImage> CheckpointImage::open(const std::string& image_path, const std::string& work_path) {
  CheckpointImage image;
  image.path_ = image_directory(image_path);
  image.work_path_ = work_path.empty() ? image.path_ : sys::absolute_path(work_path);
  TRY_ASSIGN(image.directory_, sys::open(image.path_, O_RDONLY | O_DIRECTORY).context("--image-path"));
  TRY(sys::make_directories(image.work_path_, kMode).context("--work-path"));
  TRY_ASSIGN(image.work_directory_,
             sys::open(image.work_path_, O_RDONLY | O_DIRECTORY).context("--work-path"));
  return image;
}

void CheckpointImage::name_in(contract::CriuOptions& options, const std::string& log_file) const {
  options.images_directory = directory_.get();
  options.work_directory = work_directory_.get();
  options.log_file = log_file;
}

std::string CheckpointImage::log_path(const std::string& log_file) const {
  return concat(work_path_, '/', log_file);
}

Result<void> CheckpointImage::check_parent(const std::string& parent) const {
  if (parent.empty()) return {};
  if (parent.starts_with('/'))
    return Error::invalid("--parent-path", concat("expected a path relative to the images, found ", parent));
  TRY_ASSIGN(const UniqueFd found,
             sys::open(concat(path_, '/', parent), O_PATH | O_DIRECTORY).context("--parent-path"));
  return {};
}

Result<void> CheckpointImage::write_descriptors(const std::vector<std::string>& names) const {
  json::Writer out;
  out.value(names);
  return sys::write_file(concat(path_, kDescriptors), out.text(), 0600);
}

Result<std::vector<std::string>> CheckpointImage::read_descriptors() const {
  const std::string file = concat(path_, kDescriptors);
  TRY_ASSIGN(const std::string text, sys::read_file(file));
  TRY_ASSIGN(const auto document, json::Document::parse(text, file));
  std::vector<std::string> names;
  TRY(json::decode(document.root(), names));
  return names;
}

}  // namespace berth::runtime
