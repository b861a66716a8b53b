#include "spec/config_writer.h"

#include "spec/encode.h"

namespace berth::spec {

void encode(json::Writer& out, const Config& config) {
  out.begin_object();
  put_always(out, "ociVersion", config.oci_version);
  put_always(out, "process", config.process);
  put_always(out, "root", config.root);
  put(out, "hostname", config.hostname);
  put(out, "domainname", config.domainname);
  put(out, "mounts", config.mounts);
  if (!config.hooks.empty()) put_always(out, "hooks", config.hooks);
  put(out, "annotations", config.annotations);
  if (config.linux != Linux{}) put_always(out, "linux", config.linux);
  out.end_object();
}

std::string to_json(const Config& config) {
  json::Writer out("\t");
  encode(out, config);
  return concat(out.text(), '\n');
}

std::string to_json(const Process& process) {
  json::Writer out("\t");
  encode(out, process);
  return concat(out.text(), '\n');
}

}  // namespace berth::spec
