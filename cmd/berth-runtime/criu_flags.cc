#include "berth-runtime/criu_flags.h"

namespace berth::runtime_cli {

namespace {

Result<contract::CriuCgroups> cgroups_mode(const std::string& text) {
  if (text == "soft" || text.empty()) return contract::CriuCgroups::soft;
  if (text == "full") return contract::CriuCgroups::full;
  if (text == "strict") return contract::CriuCgroups::strict;
  if (text == "ignore") return contract::CriuCgroups::ignore;
  return Error::invalid("--manage-cgroups-mode",
                        concat("expected soft, full, strict or ignore, found ", text));
}

}  // namespace

void CriuFlags::add_to(flags::Parser& parser) {
  parser.single_dash()
      .value("image-path", 0, "DIR", "where criu's images are (default: checkpoint)", image_path)
      .value("work-path", 0, "DIR", "where criu works and logs (default: the images)", work_path)
      .toggle("tcp-established", 0, "with open TCP connections", options.tcp_established)
      .toggle("ext-unix-sk", 0, "with Unix sockets connected to the outside", options.external_unix_sockets)
      .toggle("shell-job", 0, "with a terminal that is not the container's", options.shell_job)
      .toggle("lazy-pages", 0, "memory follows later, page by page (userfaultfd)", options.lazy_pages)
      .toggle("file-locks", 0, "with file locks", options.file_locks)
      .toggle("auto-dedup", 0, "keep each page in one image only", options.auto_dedup)
      .custom("manage-cgroups-mode", 0, "MODE", "cgroups: soft (default), full, strict or ignore",
              [this](const std::string& text) -> Result<void> {
                TRY_ASSIGN(options.cgroups, cgroups_mode(text));
                return {};
              })
      .custom("empty-ns", 0, "network", "make this namespace, without what was in it",
              [this](const std::string& text) -> Result<void> {
                if (text != "network")
                  return Error::invalid("--empty-ns", concat("expected network, found ", text));
                options.empty_network = true;
                return {};
              });
}

}  // namespace berth::runtime_cli
