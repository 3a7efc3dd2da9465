#include "supervisor/trial/trial_report.h"

#include <unistd.h>

#include <array>
#include <string>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"

namespace memguard::supervisor {
namespace {

constexpr std::size_t kLongestText = 400;

constexpr std::array<std::string_view, 3> kParts{"start", "gate", "stop"};

std::string_view name_of(TrialPart part) { return kParts.at(static_cast<std::size_t>(part)); }

void note_failure(Trial& trial, std::string_view part, cgroup::Missing what) {
  const bool of_gate = part == name_of(TrialPart::gate);
  (of_gate ? trial.gate_failed : trial.stop_failed).push_back(std::move(what));
}

}  // namespace

// Blanks for what parts the fields.
void TrialReport::line(std::string_view key, std::string_view first, std::string_view second) const {
  const std::string text =
      fmt::format("{}\t{}\t{}\n", key, printable(first, kLongestText), printable(second, kLongestText));
  (void)!::write(pipe_, text.data(), text.size());
}

void TrialReport::home(const cgroup::Home& home) const {
  line("tier", to_text(home.tier), "");
  for (const auto& missing : home.missing) line("missing", missing.what, missing.remedy);
}

void TrialReport::gate(bool wait_killable, bool no_new_privs) const {
  line("filter", wait_killable ? "killable" : "", no_new_privs ? "privileges" : "");
}

void TrialReport::gate_refused(const Error& why) const { line("refused", std::to_string(why.code), why.what); }

void TrialReport::at(TrialPart part) const { line("at", name_of(part), ""); }

void TrialReport::failed(TrialPart part, const cgroup::Missing& what) const {
  line(name_of(part), what.what, what.remedy);
}

void TrialReport::scarce(const cgroup::Missing& what) const { line("scarce", what.what, what.remedy); }

void TrialReport::done() const { line("done", "", ""); }

Trial read_trial(std::string_view lines, bool hung) {
  Trial trial;
  std::string_view at = name_of(TrialPart::start);
  for (auto rest = lines; !rest.empty();) {
    const auto end = rest.find('\n');
    const auto text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto tab = text.find('\t');
    const auto second_tab = tab == std::string_view::npos ? tab : text.find('\t', tab + 1);
    if (second_tab == std::string_view::npos) continue;
    const auto key = text.substr(0, tab);
    const auto first = text.substr(tab + 1, second_tab - tab - 1);
    const auto second = text.substr(second_tab + 1);
    const cgroup::Missing what{std::string(first), std::string(second)};
    if (key == "tier") trial.tier = cgroup::parse_tier(first);
    if (key == "missing") trial.missing.push_back(what);
    if (key == "filter") trial.wait_killable = !first.empty();
    if (key == "filter") trial.no_new_privs = !second.empty();
    if (key == "refused") trial.gate_refused = Error{what.remedy, to_number<int>(first).value_or(0), {}};
    if (key == "scarce") trial.scarce.push_back(what);
    if (key == name_of(TrialPart::gate) || key == name_of(TrialPart::stop)) note_failure(trial, key, what);
    if (key == "at") at = first;
    if (key == "done") return trial;
  }
  const cgroup::Missing why{fmt::format("the trial {} while it was at its {}", hung ? "hung" : "ended", at),
                            "Run memguard doctor again; where it stays so, report it."};
  // What comes after has not been tried either.
  if (at != name_of(TrialPart::stop)) trial.gate_failed.push_back(why);
  trial.stop_failed.push_back(why);
  return trial;
}

}  // namespace memguard::supervisor
