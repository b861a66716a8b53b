#include "runtime/init/seccomp_cache.h"

#include <linux/filter.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/log.h"
#include "base/scope_exit.h"
#include "base/text.h"
#include "sys/file.h"

namespace berth::runtime::init {

namespace {

constexpr std::size_t kMaxEntries = 64;  // then all of them go: whoever needs one compiles it once more
constexpr std::size_t kMaxEntrySize = 4 << 20;

struct Header {
  std::array<char, 8> magic{'B', 'E', 'R', 'T', 'H', 'S', 'F', '1'};
  std::uint32_t key_size = 0;
  std::uint32_t instructions = 0;
  std::uint32_t flags = 0;
  std::uint32_t reserved = 0;
  std::uint64_t checksum = 0;  // of key and program
};
static_assert(sizeof(Header) == 32);

// FNV-1a: finds files and tells torn ones; nothing is trusted because of it.
std::uint64_t hash_of(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325U) noexcept {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

std::string key_of(const spec::Seccomp& seccomp) {
  json::Writer out;
  encode(out, seccomp);
  return concat(compiler_version(), '\n', out.text());
}

std::string_view bytes_of(const std::vector<std::uint64_t>& program) noexcept {
  return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(std::uint64_t)};
}

// Ours alone, or not used at all: who can write here decides what a container may do.
Result<void> check_owner(FdRef fd, const std::string& name, mode_t type, mode_t forbidden) {
  struct stat status {};
  if (::fstat(fd.get(), &status) < 0) return Error::sys("fstat", name);
  if ((status.st_mode & S_IFMT) != type || status.st_uid != ::geteuid() || (status.st_mode & forbidden) != 0)
    return Error::with_errno(EPERM, "use the seccomp cache (it is not ours alone)", name);
  return {};
}

Result<UniqueFd> open_directory(const std::string& directory) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  auto fd = sys::open(directory, kFlags);
  if (!fd && fd.error().is(ENOENT)) {
    TRY(sys::make_directory(directory, 0700));
    fd = sys::open(directory, kFlags);
  }
  if (!fd) return std::move(fd).error();
  TRY(check_owner(*fd, directory, S_IFDIR, 0077));
  return fd;
}

// ENOENT: there is none. EINVAL: what is there is not for this key, or torn.
Result<CompiledFilter> load(FdRef directory, const std::string& name, std::string_view key) {
  TRY_ASSIGN(const auto file, sys::open_at(directory, name, O_RDONLY | O_NOFOLLOW));
  TRY(check_owner(file, name, S_IFREG, 0022));
  TRY_ASSIGN(const std::string content, sys::read_all(file, name, kMaxEntrySize));
  Header header;
  const Header expected;
  if (content.size() < sizeof(header)) return Error::invalid(name, "expected a whole header");
  std::memcpy(&header, content.data(), sizeof(header));
  const std::string_view body = std::string_view(content).substr(sizeof(header));
  const std::size_t program_size = std::size_t{header.instructions} * sizeof(std::uint64_t);
  if (header.magic != expected.magic || body.size() != header.key_size + program_size ||
      header.instructions == 0 || header.instructions > BPF_MAXINSNS || header.checksum != hash_of(body))
    return Error::invalid(name, "expected a whole compiled filter");
  if (body.substr(0, header.key_size) != key)
    return Error::invalid(name, "expected the filter of this profile");
  CompiledFilter filter = {.program = std::vector<std::uint64_t>(header.instructions), .flags = header.flags};
  std::memcpy(filter.program.data(), body.data() + header.key_size, program_size);
  return filter;
}

Result<void> make_room(FdRef directory, const std::string& path) {
  TRY_ASSIGN(const auto names, sys::list_directory(path));
  if (names.size() < kMaxEntries) return {};
  for (const std::string& name : names) ::unlinkat(directory.get(), name.c_str(), 0);
  return {};
}

Result<void> store(FdRef directory, const std::string& name, std::string_view key,
                   const CompiledFilter& filter) {
  Header header;
  header.key_size = static_cast<std::uint32_t>(key.size());
  header.instructions = static_cast<std::uint32_t>(filter.program.size());
  header.flags = filter.flags;
  header.checksum = hash_of(bytes_of(filter.program), hash_of(key));
  const std::string temporary = concat(name, '.', ::getpid());
  ScopeExit unlink_temporary([&] { ::unlinkat(directory.get(), temporary.c_str(), 0); });
  {
    TRY_ASSIGN(const auto file,
               sys::open_at(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    const std::string_view head(reinterpret_cast<const char*>(&header), sizeof(header));
    TRY(sys::write_all(file, concat(head, key, bytes_of(filter.program)), temporary));
  }
  if (::renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) < 0)
    return Error::sys("rename", temporary);
  unlink_temporary.dismiss();
  return {};
}

}  // namespace

Result<CompiledFilter> compile_seccomp_cached(const spec::Seccomp& seccomp, const std::string& directory) {
  const auto cache = open_directory(directory);
  if (!cache) {
    log::debug("seccomp: without cache: ", cache.error().to_string());
    return compile_seccomp(seccomp);
  }
  const std::string key = key_of(seccomp);
  const std::uint64_t hash = hash_of(key);
  const std::string name = to_hex({reinterpret_cast<const char*>(&hash), sizeof(hash)});
  auto cached = load(*cache, name, key);
  if (cached) return cached;
  if (!cached.error().is(ENOENT)) log::debug("seccomp: cached filter not used: ", cached.error().to_string());
  TRY_ASSIGN(auto filter, compile_seccomp(seccomp));
  ignore(make_room(*cache, directory));
  const auto stored = store(*cache, name, key, filter);
  if (!stored) log::debug("seccomp: filter not cached: ", stored.error().to_string());
  return filter;
}

}  // namespace berth::runtime::init
