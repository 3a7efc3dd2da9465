#include "cargo/command.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace memguard::cargo {
namespace {

// The words of a cargo command, read from the left (src/bin/cargo/cli.rs).
class Reader {
 public:
  explicit Reader(const std::vector<std::string>& command) : words_(command) {}

  MetadataCommand read() {
    metadata_.words.push_back(words_[next_++]);
    if (next_ < words_.size() && words_[next_].starts_with('+')) metadata_.words.push_back(words_[next_++]);
    while (next_ < words_.size() && words_[next_] != "--") read_word(words_[next_++]);
    metadata_.words.insert(metadata_.words.end(), {"metadata", "--no-deps", "--format-version", "1"});
    if (!manifest_.empty()) metadata_.words.insert(metadata_.words.end(), {"--manifest-path", manifest_});
    metadata_.start = (std::filesystem::path(folder_) / manifest_).string();
    return std::move(metadata_);
  }

 private:
  void read_word(const std::string& word) {
    constexpr std::array<std::string_view, 3> kFlags{"--offline", "--locked", "--frozen"};
    if (std::ranges::find(kFlags, word) != kFlags.end()) {
      metadata_.words.push_back(word);
    } else if (auto option = value_of(word, "--manifest-path", '=')) {
      manifest_ = *option;
    } else if (auto config = value_of(word, "--config", '=')) {
      metadata_.words.insert(metadata_.words.end(), {"--config", *config});
    } else if (auto unstable = value_of(word, "-Z", '\0')) {
      metadata_.words.insert(metadata_.words.end(), {"-Z", *unstable});
    } else if (!subcommand_) {
      read_before_subcommand(word);
    }
  }

  void read_before_subcommand(const std::string& word) {
    if (auto folder = value_of(word, "-C", '\0')) {
      folder_ = *folder;
      metadata_.words.insert(metadata_.words.end(), {"-C", *folder});
    } else if (!value_of(word, "--color", '=')) {
      subcommand_ = !word.starts_with('-');
    }
  }

  // "--option VALUE" and "--option=VALUE", "-Z VALUE" and "-ZVALUE".
  std::optional<std::string> value_of(const std::string& word, std::string_view option, char joint) {
    if (word == option) return next_ < words_.size() ? words_[next_++] : std::string();
    const std::string start = std::string(option) + (joint == '\0' ? "" : std::string(1, joint));
    if (!word.starts_with(start)) return std::nullopt;
    return word.substr(start.size());
  }

  const std::vector<std::string>& words_;
  std::size_t next_ = 0;
  MetadataCommand metadata_;
  std::string folder_;
  std::string manifest_;
  bool subcommand_ = false;
};

}  // namespace

std::optional<MetadataCommand> metadata_command(const std::vector<std::string>& command) {
  if (command.empty() || std::filesystem::path(command.front()).filename() != "cargo") return std::nullopt;
  return Reader(command).read();
}

}  // namespace memguard::cargo
