# One static library for each folder of src/, one program for each folder of cmd/. Sources are globbed: a new
# file needs no edit here. A module sees only the headers of what it DEPENDS on through `./dev lint`.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(berth_flags INTERFACE)
target_compile_definitions(berth_flags INTERFACE _GNU_SOURCE BERTH_VERSION="${PROJECT_VERSION}")
target_compile_options(berth_flags INTERFACE
  # Quoted includes only: <sys/mount.h> must stay the system's although src/sys/mount.h exists.
  "SHELL:-iquote ${CMAKE_SOURCE_DIR}/src" "SHELL:-iquote ${CMAKE_SOURCE_DIR}/cmd" "SHELL:-iquote ${CMAKE_SOURCE_DIR}"
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough
  # Designated initializers name what differs from the default; the rest is meant to stay.
  -Wno-missing-field-initializers
  # GCC 12 sees ghosts in inlined std::variant and std::string (PR 105562, 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-null-dereference -Wno-restrict>
  # We report failure by value and throw nothing; without the tables the programs are a quarter smaller.
  -fno-exceptions -fno-rtti
  -ffunction-sections -fdata-sections -fstack-protector-strong
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_link_options(berth_flags INTERFACE -Wl,--gc-sections)

function(berth_module name)
  cmake_parse_arguments(ARG "" "SOURCE_DIR" "DEPENDS;LIBRARIES" ${ARGN})
  if(NOT ARG_SOURCE_DIR)
    set(ARG_SOURCE_DIR ${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${ARG_SOURCE_DIR}/*.cc)
  if(NOT sources)
    add_library(berth_${name} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(berth_${name} STATIC ${sources})
    set(scope PUBLIC)
  endif()
  list(TRANSFORM ARG_DEPENDS PREPEND berth_)
  target_link_libraries(berth_${name} ${scope} berth_flags ${ARG_DEPENDS} ${ARG_LIBRARIES})
endfunction()

function(berth_program name module)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmd/${name}/*.cc)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE berth_${module} berth_common)
  if(BERTH_STATIC)
    target_link_options(${name} PRIVATE -static -no-pie)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  endif()
endfunction()

# What a program runs every day, side by side (./dev hot-code).
function(berth_everyday_code name)
  set(script ${CMAKE_SOURCE_DIR}/cmake/${name}.ld)
  target_link_options(${name} PRIVATE -Wl,-T,${script} -Wl,-Map=${CMAKE_BINARY_DIR}/${name}.map)
  set_target_properties(${name} PROPERTIES LINK_DEPENDS ${script})
endfunction()
