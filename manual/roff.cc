#include "manual/roff.h"

#include <cctype>
#include <sstream>

#include "cli/command_help.h"

namespace memguard::manual {
namespace {

constexpr std::size_t kWidth = 78;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '\\' ? std::string("\\e") : std::string(1, c);
  return result;
}

// "1 % of it. None." ends a sentence, "e.g. this" does not: a capital has to follow.
bool ends_sentence(const std::string& word, const std::string& next) {
  return (word.ends_with('.') || word.ends_with('?')) && !next.empty() &&
         std::isupper(static_cast<unsigned char>(next.front())) != 0;
}

std::string lines_of(const std::string& sentence) {
  std::string lines;
  for (const auto& line : cli::wrap(sentence, kWidth)) {
    const bool request = line.starts_with('.') || line.starts_with('\'');
    lines += (request ? "\\&" : "") + line + "\n";
  }
  return lines;
}

}  // namespace

std::string roff_word(std::string_view word) {
  std::string result = "\\&";
  for (const char c : word) result += c == '-' ? std::string("\\-") : escaped(std::string_view(&c, 1));
  return result;
}

std::string roff_text(std::string_view text) {
  std::string lines;
  std::string sentence;
  std::istringstream words(escaped(text));
  std::string word;
  words >> word;
  while (!word.empty()) {
    std::string next;
    words >> next;
    sentence += (sentence.empty() ? "" : " ") + word;
    if (next.empty() || ends_sentence(word, next)) {
      lines += lines_of(sentence);
      sentence.clear();
    }
    word = std::move(next);
  }
  return lines;
}

}  // namespace memguard::manual
