#include "cli/replay.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/io.h"
#include "base/say.h"
#include "record/replay.h"

namespace memguard::cli {
namespace {

/// What an action is about, in a word and its number.
struct Words {
  std::string operator()(const policy::Admit& a) const { return job("admit", a.job); }
  std::string operator()(const policy::Hold& a) const { return job("hold", a.job); }
  std::string operator()(const policy::Freeze& a) const { return chain("freeze", a.family, a.jobs); }
  std::string operator()(const policy::Thaw& a) const { return chain("thaw", a.family, a.jobs); }
  std::string operator()(const policy::Evict& a) const { return family("evict", a.family); }
  std::string operator()(const policy::Reclaim& a) const {
    return fmt::format("{} of {}", family("reclaim", a.family), to_text(a.amount));
  }
  std::string operator()(const policy::SetHigh& a) const { return fmt::format("memory.high {}", to_text(a.high)); }
  std::string operator()(const policy::Spare& a) const { return fmt::format("{} tokens free", a.tokens); }
  static std::string job(const char* what, policy::JobId id) {
    return fmt::format("{} job {}", what, static_cast<std::uint32_t>(id));
  }
  static std::string chain(const char* what, policy::FamilyId id, const std::vector<policy::JobId>& jobs) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(jobs.size());
    for (const policy::JobId one : jobs) numbers.push_back(static_cast<std::uint32_t>(one));
    return fmt::format("{} (jobs {})", family(what, id), fmt::join(numbers, ", "));
  }
  static std::string family(const char* what, policy::FamilyId id) {
    return fmt::format("{} family {}", what, static_cast<std::uint32_t>(id));
  }
};

void tell_step(TerminalText& text, const record::Stepped& recorded, const policy::Decision& decided) {
  for (const policy::Action& action : decided.actions) {
    const policy::Reason& why = std::visit([](const auto& a) -> const policy::Reason& { return a.why; }, action);
    text += terminal_text("{:10.3f} s  {}: {}\n", seconds(recorded.seen.at), std::visit(Words{}, action), to_text(why));
  }
}

TerminalText verdict(const record::Replayed& replayed) {
  auto text = terminal_text("{} steps", replayed.steps);
  if (replayed.governors > 1) text += terminal_text(", {} supervisors", replayed.governors);
  if (replayed.cut) text += terminal_text(", the last one cut off");
  if (!replayed.first) return text + terminal_text(": decided as recorded\n");
  return text + terminal_text(
                    ": {} decided otherwise than recorded, the first in line {} at {:.3f} s\n  recorded: {}\n"
                    "  decided:  {}\n",
                    replayed.different, replayed.first->line, seconds(replayed.first->at), replayed.first->recorded,
                    replayed.first->decided);
}

}  // namespace

Result<int> replay(const std::string& path) {
  // A stream does not say why it cannot be opened, nor that it is a folder.
  const auto readable = open_at(AT_FDCWD, path, O_RDONLY);
  if (!readable) return tl::unexpected<Error>(readable.error());
  if (::read(readable->get(), nullptr, 0) < 0) return fail_errno("read", path);
  std::ifstream file(path, std::ios::binary);
  TerminalText text;
  auto replayed =
      record::replay(file, [&text](const auto& recorded, const auto& decided) { tell_step(text, recorded, decided); });
  if (!replayed) return pass(std::move(replayed.error()), path);
  if (auto shown = print(text + verdict(*replayed)); !shown) return pass(std::move(shown.error()));
  return replayed->first ? 1 : 0;
}

}  // namespace memguard::cli
