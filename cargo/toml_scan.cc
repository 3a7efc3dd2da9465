#include "cargo/toml_scan.h"

#include <cstddef>
#include <vector>

namespace memguard::cargo {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20U;
constexpr std::ptrdiff_t kDeepest = 128;

// Goes over a text as the grammar has it (toml.io/en/v1.0.0): strings and comments are left out, brackets and the dots
// between the parts of keys counted. It ends where a string does not, as the parser does.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  bool is_safe() {
    while (safe_ && at_ < text_.size()) step();
    return safe_;
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '#') return skip_to(text_.find('\n', at_));
    if (c == '"' || c == '\'') return skip_string(c);
    ++at_;
    if (c == '[' || c == '{') open();
    if ((c == ']' || c == '}') && !open_.empty()) close();
    if (c == '.') add(1);
    if (c == ',' || c == '\n') add(-dots_);
  }

  void open() {
    open_.push_back(dots_);
    dots_ = 0;
    add_level(1);
  }
  void close() {
    add(-dots_);
    dots_ = open_.back();
    open_.pop_back();
    add_level(-1);
  }

  // Three quotes may have two more of their kind before them at the end.
  void skip_string(char quote) {
    const std::string_view three = quote == '"' ? R"(""")" : "'''";
    const bool many_lines = text_.substr(at_).starts_with(three);
    const std::string_view end = many_lines ? three : three.substr(0, 1);
    at_ += end.size();
    while (at_ < text_.size() && !text_.substr(at_).starts_with(end)) {
      if (text_[at_] == '\n' && !many_lines) return skip_to(std::string_view::npos);
      at_ += quote == '"' && text_[at_] == '\\' ? 2 : 1;
    }
    at_ += end.size();
    for (int more = 0; many_lines && more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
  }

  void skip_to(std::size_t where) { at_ = where == std::string_view::npos ? text_.size() : where; }

  void add(std::ptrdiff_t dots) {
    dots_ += dots;
    add_level(dots);
  }
  void add_level(std::ptrdiff_t levels) {
    depth_ += levels;
    safe_ = safe_ && depth_ <= kDeepest;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool safe_ = true;
  // How deep we are: brackets, and the dots of each key on the way.
  std::ptrdiff_t depth_ = 0;
  std::ptrdiff_t dots_ = 0;
  std::vector<std::ptrdiff_t> open_;
};

}  // namespace

bool safe_to_parse(std::string_view toml) { return toml.size() <= kLongest && Scan(toml).is_safe(); }

}  // namespace memguard::cargo
