// The child: from its first instruction in the new namespaces to execve.
#pragma once

#include "runtime/init/plan.h"

namespace berth::runtime::init {

// Descriptors that exist only around the launch, borrowed from the parent's.
struct ChildArguments {
  int sync_socket = -1;
  int parent_socket = -1;  // the other end: to be closed
  int proc = -1;           // the host's /proc (O_PATH), opened before anything of the container was touched
  bool must_wait = false;  // for FromParent::mapped: the parent has something to do first
  bool joined = false;     // joining_clone() has joined the namespaces of the plan already
};

[[noreturn]] void child_main(const Plan& plan, const ChildArguments& arguments) noexcept;

}  // namespace berth::runtime::init
