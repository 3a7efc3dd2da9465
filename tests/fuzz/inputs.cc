// The files that a link reads: archives, response files, the list of packages of Go's linker.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/unique_fd.h"
#include "input.h"
#include "job/inputs.h"

namespace {

using namespace memguard;

// In memory, and gone with the process: below /proc/self/fd nobody but us finds it.
std::string working_folder() {
  std::string folder = "/dev/shm/memguard-fuzz-XXXXXX";
  fuzz::require(::mkdtemp(folder.data()) != nullptr && ::chdir(folder.c_str()) == 0, "there is a folder to work in");
  std::atexit([] {
    for (const char* name : {"args", "lib.a"}) ::unlink(name);
    std::string here(4096, '\0');
    if (::getcwd(here.data(), here.size()) != nullptr) ::rmdir(here.c_str());
  });
  return folder;
}

void write_file(const char* path, std::string_view text) {
  const UniqueFd file(::open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  fuzz::require(written == static_cast<ssize_t>(text.size()), "the file can be written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string folder = working_folder();
  const std::string_view text = fuzz::text_of(data, size);
  write_file("lib.a", text);
  write_file("args", text);
  const UniqueFd archive(::open("lib.a", O_RDONLY | O_CLOEXEC));
  const Bytes objects = job::archive_objects(archive.get());
  const Bytes whole{static_cast<std::int64_t>(size)};
  fuzz::require(objects >= Bytes{} && objects <= whole, "no more is loaded of an archive than there is");
  const auto linked = job::measure_inputs(::getpid(), "link", {"ld", "lib.a", "-static", "-L.", "-l", "@args"});
  fuzz::require(linked.objects >= objects, "an archive counts what is loaded of it");
  static_cast<void>(job::measure_inputs(::getpid(), "link", {"link", "-importcfg", "args"}));
  auto words = fuzz::arguments_of(text.substr(0, 400));
  static_cast<void>(job::measure_inputs(::getpid(), "rustc", words));
  static_cast<void>(job::measure_inputs(::getpid(), "cc", words));
  return 0;
}
