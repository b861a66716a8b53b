// `berth inspect`: all that is known of a container, in the shape of podman's.
#pragma once

#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "json/writer.h"

namespace berth::engine {

void inspect(json::Writer& out, const Engine& engine, const Container& container);

}  // namespace berth::engine
