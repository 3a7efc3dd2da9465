#include "report/page.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "report/page_data.h"
#include "report/page_parts.h"

namespace memguard::report {
namespace {

constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kLongestText = 2000;

std::string title_of(const RunReport& run) {
  std::string title;
  for (const std::string& word : run.command) title += (title.empty() ? "" : " ") + word;
  return title.empty() ? "memguard" : printable(title, kLongestTitle);
}

std::string facts_of(const RunReport& run) {
  std::string facts = fmt::format(
      "{}, {}, {} {}, peak {}, tier {}",
      run.exit_status == 0 ? "succeeded" : fmt::format("failed (status {})", run.exit_status), to_text(run.wall),
      run.all_jobs(), run.all_jobs() == 1 ? "job" : "jobs", part_text(run.peak, run.limit), printable(run.tier));
  if (!run.ended_at.empty()) facts += ", ended " + printable(run.ended_at);
  if (!run.folder.empty()) facts += " in " + printable(run.folder, kLongestTitle);
  return facts;
}

std::string paragraph(std::string_view of, const std::string& text) {
  return text.empty() ? "" : fmt::format("<p class=\"{}\">{}</p>\n", of, html_text(printable(text, kLongestText)));
}

std::string findings_of(const RunReport& run, const Findings& found) {
  std::string html = paragraph("cost", cost_sentence(run, found));
  for (const std::string& warning : warnings(run)) html += paragraph("warning", warning);
  html += paragraph("needs", needs_sentence(found)) + paragraph("path", path_sentence(run, found));
  html += "<p>What to change:</p>\n<ol>\n";
  for (const std::string& change : changes(run, found))
    html += fmt::format("<li>{}</li>\n", html_text(printable(change, kLongestText)));
  return html + "</ol>";
}

std::string_view part(std::string_view name, const std::vector<std::pair<std::string_view, std::string>>& parts) {
  for (const auto& [known, text] : parts) {
    if (known == name) return text;
  }
  return {};
}

// Places are looked for in the page alone, and never in what was put into one.
std::string filled(std::string_view page, const std::vector<std::pair<std::string_view, std::string>>& parts) {
  std::string out;
  while (!page.empty()) {
    const auto begin = page.find('@');
    const auto end = begin == std::string_view::npos ? begin : page.find('@', begin + 1);
    out += page.substr(0, begin);
    if (end == std::string_view::npos) break;
    out += part(page.substr(begin + 1, end - begin - 1), parts);
    page.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Result<std::string> to_html(const RunReport& run, const std::vector<Lane>& lanes, const Findings& found) {
  if (page::kD3.empty())
    return fail("this memguard makes no pages: it was built without D3", 0,
                "Install node-d3 (or d3 from npm), and build it again.");
  return filled(page::kPage, {{"title", html_text(title_of(run))},
                              {"facts", html_text(facts_of(run))},
                              {"findings", findings_of(run, found)},
                              {"style", std::string(page::kStyle)},
                              {"data", page_data(run, lanes)},
                              {"d3", std::string(page::kD3)},
                              {"program", std::string(page::kProgram)}});
}

}  // namespace memguard::report
