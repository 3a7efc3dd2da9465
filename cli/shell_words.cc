#include "cli/shell_words.h"

#include <fmt/format.h>

namespace memguard::cli {

std::string shell_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word.empty() || word.find(' ') != std::string::npos ? fmt::format("'{}'", word) : word;
  }
  return text;
}

}  // namespace memguard::cli
