#include "supervisor/front/exec_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"
#include "supervisor/self/find_program.h"

namespace memguard::supervisor {
namespace {

// As much as the kernel looks at for an interpreter (BINPRM_BUF_SIZE, linux/binfmts.h).
constexpr std::size_t kFirstLine = 256;

bool is_folder(const std::string& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string beginning_of(const std::string& file) {
  const auto fd = open_at(AT_FDCWD, file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  std::array<char, kFirstLine> text{};
  const ssize_t got = fd ? ::read(fd->get(), text.data(), text.size()) : 0;
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

// "/usr/bin/python2" of "#! /usr/bin/python2 -u"; a carriage return of an editor elsewhere is part of the name.
std::string interpreter_of(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.find_first_not_of(" \t", 2), text.size()));
  return std::string(text.substr(0, text.find_first_of(" \t")));
}

// The file is there, and yet execve(2) did not find something.
std::string missing_beside(const std::string& file) {
  const std::string text = beginning_of(file);
  if (text.starts_with("#!")) {
    const std::string interpreter = interpreter_of(text);
    return fmt::format("{} is there, but its interpreter {} is not{}.", printable(file), printable(interpreter),
                       interpreter.ends_with('\r') ? " (its lines end as on Windows)" : "");
  }
  if (!text.starts_with("\x7f"
                        "ELF"))
    return {};
  return fmt::format("{} is there, but the loader it names is not: it was built for another system or C library.",
                     printable(file));
}

bool is_assignment(std::string_view word) {
  const auto equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0 || (word[0] >= '0' && word[0] <= '9')) return false;
  return std::ranges::all_of(word.substr(0, equals), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// Of a word that names nothing: it may be more than a name.
std::string no_name(const std::string& word) {
  if (is_assignment(word)) return "To set a variable for the command: env NAME=VALUE COMMAND...";
  if (word.find_first_of(" \t") == std::string::npos) return {};
  return "It is taken for the name of one program: leave the quotes out, or give a line of shell to sh -c.";
}

std::string likely_cause(const std::string& word, int code) {
  if (const std::string file = find_program(word, search_path()); !file.empty())
    return code == ENOENT ? missing_beside(file) : "";
  const bool there = word.find('/') != std::string::npos && ::access(word.c_str(), F_OK) == 0;
  // A folder of PATH that may not be searched makes EACCES of ENOENT (execvp(3)).
  if (!there) return no_name(word);
  return is_folder(word) ? "It is a folder. Name a program." : "It has not the right to be executed: chmod +x.";
}

}  // namespace

Error exec_error(const std::vector<std::string>& command, int code) {
  const std::string& word = command.front();
  const bool explained = code == ENOENT || code == EACCES;
  return {fmt::format("execute {}", printable(word)), code, explained ? likely_cause(word, code) : std::string()};
}

}  // namespace memguard::supervisor
