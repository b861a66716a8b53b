// The directories of a checkpoint: criu's images, and descriptors.json beside them; and where criu works and logs.
//
//   descriptors.json   what the payload's descriptors 0, 1 and 2 were: ["pipe:[123]", "/dev/null", …], as runc writes it
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "contract/criu_rpc.h"

namespace berth::runtime {

class CheckpointImage {
 public:
  // Empty paths: "checkpoint" in the working directory, and the images' own. What is missing is made, mode 0700.
  static Result<CheckpointImage> make(const std::string& image_path, const std::string& work_path);
  // ENOENT without the images.
  static Result<CheckpointImage> open(const std::string& image_path, const std::string& work_path);

  // Tells criu where they are. This must outlive the call.
  void name_in(contract::CriuOptions& options, const std::string& log_file) const;
  [[nodiscard]] std::string log_path(const std::string& log_file) const;
  // An earlier dump, which this one adds to: a path relative to the images. EINVAL when it is none.
  [[nodiscard]] Result<void> check_parent(const std::string& parent) const;

  [[nodiscard]] Result<void> write_descriptors(const std::vector<std::string>& names) const;
  [[nodiscard]] Result<std::vector<std::string>> read_descriptors() const;

 private:
  std::string path_;
  std::string work_path_;
  UniqueFd directory_;
  UniqueFd work_directory_;
};

}  // namespace berth::runtime
