#include "supervisor/self/find_program.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace memguard::supervisor {
namespace {

bool can_be_executed(const std::string& file) {
  std::error_code error;
  return std::filesystem::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

}  // namespace

std::string search_path() {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): there are no other threads
  return path != nullptr ? path : "/bin:/usr/bin";
}

std::string find_program(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) return can_be_executed(name) ? name : std::string();
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string folder = path.substr(begin, end - begin);
    std::string file = (folder.empty() ? "." : folder) + '/' + name;
    if (can_be_executed(file)) return file;
    begin = end + 1;
  }
  return {};
}

}  // namespace memguard::supervisor
