#include "gate/remote_memory.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::gate {
namespace {

ssize_t read_page(pid_t pid, std::uint64_t address, void* into, std::size_t size) {
  const iovec local{into, size};
  const iovec remote{reinterpret_cast<void*>(address), size};  // NOLINT: an address in another process
  return ::process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

ssize_t read_page_file(pid_t pid, std::uint64_t address, void* into, std::size_t size) {
  auto file = open_at(AT_FDCWD, fmt::format("/proc/{}/mem", pid), O_RDONLY);
  if (!file) return -1;
  return ::pread(file->get(), into, size, static_cast<off_t>(address));
}

}  // namespace

Result<const RemoteMemory::Page*> RemoteMemory::page(std::uint64_t number) {
  if (const auto known = pages_.find(number); known != pages_.end()) return &known->second;
  Page fresh;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the read
  const std::uint64_t address = number * kPage;
  ssize_t got = read_page(pid_, address, fresh.data(), kPage);
  // ENOSYS without CROSS_MEMORY_ATTACH; a container's filter may answer EPERM to one of the two ways only.
  if (got < 0 && errno != EFAULT && errno != ESRCH) got = read_page_file(pid_, address, fresh.data(), kPage);
  if (got != static_cast<ssize_t>(kPage)) {
    if (got >= 0) errno = EFAULT;
    return fail_errno("read memory of process", std::to_string(pid_));
  }
  return &pages_.emplace(number, fresh).first->second;
}

Result<std::string> RemoteMemory::string_at(std::uint64_t address, std::size_t longest) {
  std::string text;
  while (text.size() < longest) {
    auto found = page(address / kPage);
    if (!found) return pass(std::move(found.error()));
    const std::size_t offset = address % kPage;
    const char* start = (*found)->data() + offset;
    const std::size_t room = std::min(kPage - offset, longest - text.size());
    const void* nul = std::memchr(start, 0, room);
    if (nul != nullptr) return text.append(start, static_cast<const char*>(nul));
    text.append(start, room);
    address += room;
  }
  return fail(fmt::format("read a string of process {}", pid_), E2BIG);
}

Result<std::uint64_t> RemoteMemory::pointer_at(std::uint64_t address, std::size_t pointer_size) {
  std::uint64_t value = 0;
  // Byte by byte: a pointer may lie across two pages.
  for (std::size_t i = 0; i < pointer_size; ++i) {
    auto found = page((address + i) / kPage);
    if (!found) return pass(std::move(found.error()));
    const auto byte = static_cast<unsigned char>((**found)[(address + i) % kPage]);
    value |= static_cast<std::uint64_t>(byte) << (8 * i);  // both our architectures are little-endian
  }
  return value;
}

Result<std::vector<std::string>> RemoteMemory::strings_at(std::uint64_t address, std::size_t pointer_size,
                                                          const StringsLimit& limit) {
  std::vector<std::string> strings;
  if (address == 0) return strings;
  // One that is left empty has been read as well.
  for (std::size_t read = 0; strings.size() < limit.strings && read < limit.bytes; address += pointer_size) {
    auto pointer = pointer_at(address, pointer_size);
    if (!pointer) return pass(std::move(pointer.error()));
    if (*pointer == 0) break;
    auto text = string_at(*pointer, limit.length);
    if (!text && text.error().code != E2BIG) return pass(std::move(text.error()));
    read += text ? text->size() : limit.length;
    strings.push_back(text ? std::move(*text) : std::string());
  }
  return strings;
}

}  // namespace memguard::gate
