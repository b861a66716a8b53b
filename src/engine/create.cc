#include "engine/create.h"

#include "base/text.h"
#include "engine/container_name.h"
#include "engine/lifecycle.h"
#include "engine/programs.h"
#include "engine/quantity.h"
#include "engine/rootfs.h"
#include "sys/file.h"

namespace berth::engine {

namespace {

constexpr int kNameAttempts = 20;

Result<std::string> free_name(Engine& engine) {
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    TRY_ASSIGN(auto name, random_name());
    TRY_ASSIGN(const auto taken, engine.store.find_name(name));
    if (!taken) return name;
  }
  // Nearly all are in use: a part of an id will not be.
  TRY_ASSIGN(const auto name, random_name());
  TRY_ASSIGN(const auto id, random_id());
  return concat(name, '_', id.substr(0, kShortId));
}

Result<void> replace_existing(Engine& engine, const std::string& name) {
  TRY_ASSIGN(const auto taken, engine.store.find_name(name));
  if (!taken) return {};
  return delete_container(engine, taken->config.id, true, taken->config.stop_timeout)
      .context("replace container", name);
}

// A container that removes itself is still there when it and its monitor were killed together, as a unit's
// processes are: the name is free again once it has been healed.
Result<void> heal_holder(Engine& engine, const std::string& name) {
  TRY_ASSIGN(auto taken, engine.store.find_name(name));
  if (taken) TRY(refresh(engine, std::move(*taken)));
  return {};
}

void complete_log(const Engine& engine, ContainerConfig& config) {
  if (config.log_driver.empty()) config.log_driver = "k8s-file";
  const bool file = config.log_driver == "k8s-file" || config.log_driver == "json-file";
  if (file && config.log_path.empty()) config.log_path = engine.paths.data_dir(config.id) + "/ctr.log";
}

Result<void> write_cid_file(const ContainerConfig& config) {
  if (config.cid_file.empty()) return {};
  auto file = sys::open(config.cid_file, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!file && file.error().is(EEXIST)) {
    return Error::message(
        concat("container id file exists: ", config.cid_file, ": remove it when its container is gone"),
        EEXIST);
  }
  if (!file) return std::move(file).context("--cidfile").error();
  return sys::write_all(*file, config.id, config.cid_file);
}

}  // namespace

Result<Container> create_container(Engine& engine, ContainerConfig config, const CreateOptions& options) {
  TRY(Rootfs::open(config.rootfs));
  TRY_ASSIGN([[maybe_unused]] const auto runtime, find_program(config.runtime, "berth-runtime"));
  TRY_ASSIGN([[maybe_unused]] const auto monitor, find_program(config.monitor, "berth-monitor"));
  TRY_ASSIGN(config.id, random_id());
  if (config.name.empty()) {
    TRY_ASSIGN(config.name, free_name(engine));
  } else if (options.replace) {
    TRY(replace_existing(engine, config.name));
  } else {
    TRY(heal_holder(engine, config.name));
  }
  if (config.cgroups.empty()) config.cgroups = "enabled";
  complete_log(engine, config);
  TRY(write_cid_file(config));
  Container container{.config = std::move(config), .status = {.created_ns = now_ns()}};
  auto inserted = engine.store.insert(container);
  if (!inserted && !container.config.cid_file.empty()) ignore(sys::remove_file(container.config.cid_file));
  if (!inserted) return std::move(inserted).error();
  return container;
}

}  // namespace berth::engine
