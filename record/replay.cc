#include "record/replay.h"

#include <array>

#include <fmt/format.h>

#include "policy/governor.h"

namespace memguard::record {
namespace {

constexpr std::string_view kBegin = "{\"memguard_record\":";

bool is_restart(const Line& line) {
  const auto* began = std::get_if<Began>(&line);
  return began != nullptr && began->restarted;
}

tl::unexpected<Error> at_line(std::size_t number, Error&& error) {
  return pass(std::move(error), fmt::format("line {}", number));
}

class Player {
 public:
  explicit Player(const EachStep& each) : each_(each) {}

  /// The next line; `last`: no newline ends it.
  Status take(std::string_view text, bool last) {
    ++number_;
    if (text.empty()) return {};
    auto line = parse_line(text);
    if (!broken_ && !(line && is_restart(*line))) return std::move(broken_);
    broken_ = Status{};
    if (!line) {
      // Whether a death cut it off, the next line tells; the end of the file does it itself.
      result_.cut = last;
      if (!last) broken_ = at_line(number_, std::move(line.error()));
      return {};
    }
    auto taken = take(*line);
    return taken ? std::move(taken) : Status(at_line(number_, std::move(taken.error())));
  }
  /// After the last line.
  [[nodiscard]] Result<Replayed> finish() {
    if (!broken_) return pass(std::move(broken_.error()));
    return std::move(result_);
  }

 private:
  Status take(const Line& line) {
    if (const auto* began = std::get_if<Began>(&line)) return begin(*began);
    if (!governor_) return fail("no line before it says with which settings");
    if (const auto* learned = std::get_if<Learned>(&line)) {
      governor_->learn(learned->job_class, learned->predicted, learned->peak, learned->completed);
    } else {
      step(std::get<Stepped>(line));
    }
    return {};
  }

  Status begin(const Began& began) {
    governor_.emplace(began.settings);
    ++result_.governors;
    return {};
  }

  void step(const Stepped& recorded) {
    const policy::Decision decided = governor_->step(recorded.seen);
    ++result_.steps;
    compare(recorded, decided);
    if (each_) each_(recorded, decided);
  }

  void compare(const Stepped& recorded, const policy::Decision& decided) {
    std::string before = to_text(recorded.decision);
    std::string now = to_text(decided);
    if (before == now) return;
    ++result_.different;
    if (result_.first) return;
    result_.first = Difference{number_, recorded.seen.at, std::move(before), std::move(now)};
  }

  const EachStep& each_;
  std::optional<policy::Governor> governor_;
  Replayed result_;
  std::size_t number_ = 0;
  /// The line before, when it could not be read.
  Status broken_;
};

// Before anything is taken for a line: a foreign file need not have any.
Status expect_begin(std::istream& file) {
  std::array<char, kBegin.size()> begin{};
  file.read(begin.data(), begin.size());
  if (std::string_view(begin.data(), static_cast<std::size_t>(file.gcount())) == kBegin) return {};
  if (file.gcount() == 0) return fail("it is empty", 0, "Was the run ended before it began?");
  return fail("line 1: no recording of memguard", 0, "Make one with: memguard run --record FILE -- COMMAND...");
}

}  // namespace

Result<Replayed> replay(std::istream& file, const EachStep& each) {
  if (auto begins = expect_begin(file); !begins) return pass(std::move(begins.error()));
  Player player(each);
  std::string text;
  bool first = true;
  while (std::getline(file, text)) {
    if (first) text.insert(0, kBegin);
    first = false;
    if (auto taken = player.take(text, file.eof()); !taken) return pass(std::move(taken.error()));
  }
  return player.finish();
}

}  // namespace memguard::record
