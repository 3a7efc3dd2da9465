// Every example of docs/CONFIG.md, run through the real parser.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_environment.h"

namespace memguard::config {
namespace {

using testing::HasSubstr;

std::vector<std::string> lines_of_manual() {
  std::ifstream file(MEMGUARD_CONFIG_DOCS);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// The texts between ```language and ```.
std::vector<std::string> examples(const std::string& language) {
  std::vector<std::string> found;
  bool inside = false;
  for (const auto& line : lines_of_manual()) {
    if (line == "```" + language)
      found.emplace_back();
    else if (inside && line != "```")
      found.back() += line + "\n";
    inside = line == "```" + language || (inside && line != "```");
  }
  return found;
}

// The cells of the table rows with that many cells, blanks and backquotes trimmed, headings left out.
std::vector<std::vector<std::string>> rows_after(const std::string& heading) {
  std::vector<std::vector<std::string>> rows;
  bool inside = false;
  for (const auto& line : lines_of_manual()) {
    const bool row = line.starts_with("|") && !line.starts_with("|---");
    if (inside && !line.starts_with("|")) break;
    if (inside && row) {
      std::istringstream cells(line.substr(1));
      rows.emplace_back();
      for (std::string cell; std::getline(cells, cell, '|');) {
        cell.erase(0, cell.find_first_not_of(' '));
        cell.erase(cell.find_last_not_of(' ') + 1);
        rows.back().push_back(cell);
      }
    }
    inside = inside || line.starts_with(heading);
  }
  return rows;
}

std::string without_quotes(std::string text) {
  std::erase(text, '`');
  std::erase(text, '\'');
  return text;
}

// What stands in backquotes, with blanks between.
std::string quoted(const std::string& text) {
  std::string words;
  bool inside = false;
  for (const char c : text) {
    if (c == '`') {
      inside = !inside;
      if (inside && !words.empty()) words += ' ';
    } else if (inside) {
      words += c;
    }
  }
  return words;
}

// What stands between lines of three dots, which are for what is left out.
std::vector<std::string> parts_of(const std::string& example) {
  constexpr std::string_view kLeftOut = "...\n";
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (auto dots = example.find(kLeftOut); dots != std::string::npos; dots = example.find(kLeftOut, begin)) {
    parts.push_back(example.substr(begin, dots - begin));
    begin = dots + kLeftOut.size();
  }
  parts.push_back(example.substr(begin));
  return parts;
}

// The words of a shell line; quotes hold blanks together.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'')
      quoted = !quoted;
    else if (c == ' ' && !quoted)
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

// "--memory 3GiB" and "--no-gate" as the command line gives them to load().
std::vector<TextSetting> options_of(const std::vector<std::string>& words) {
  std::vector<TextSetting> options;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const auto& word = words[i];
    if (word.starts_with("--no-"))
      options.push_back({word.substr(5), "false", word});
    else if (word == "--quiet" || word == "--explain")
      options.push_back({word.substr(2), "true", word});
    else if (word.starts_with("--"))
      options.push_back({word.substr(2), words.at(i + 1), word});
  }
  return options;
}

Result<Config> load_with_user_file(const std::string& text, std::map<std::string, std::string> variables = {}) {
  const FakeFiles files{{{"/home/ann/.config/memguard/config.json", text}}, {}, {}};
  return load(fake_environment(files, std::move(variables)));
}

TEST(ConfigManualTest, every_file_in_it_is_good) {
  const auto files = examples("jsonc");
  ASSERT_EQ(files.size(), 4U);
  for (const auto& text : files) {
    const auto config = load_with_user_file(text);
    EXPECT_TRUE(config) << text << (config ? "" : config.error().text());
  }
}

TEST(ConfigManualTest, every_command_in_it_is_good) {
  const auto blocks = examples("sh");
  ASSERT_EQ(blocks.size(), 1U);
  std::istringstream lines(blocks[0]);
  int commands = 0;
  for (std::string line; std::getline(lines, line); ++commands) {
    const auto words = words_of(line);
    std::map<std::string, std::string> variables;
    for (const auto& word : words)
      if (word.starts_with("MEMGUARD_")) variables[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
    const auto options = options_of(words);
    const auto config = load(fake_environment({}, variables), options);
    ASSERT_TRUE(config) << line << ": " << config.error().text();
    for (const auto& option : options) EXPECT_THAT(to_text(*config).text(), HasSubstr(option.origin)) << line;
    for (const auto& [name, value] : variables) EXPECT_THAT(to_text(*config).text(), HasSubstr(name)) << line;
  }
  EXPECT_GT(commands, 3);
}

TEST(ConfigManualTest, every_size_in_it_is_what_it_says) {
  int sizes = 0;
  for (const auto& row : rows_after("| written | bytes")) {
    EXPECT_EQ(std::to_string(parse_size(without_quotes(row[0])).value().of({1}).count), row[1]) << row[0];
    ++sizes;
  }
  for (const auto& row : rows_after("| written | of 8 GiB")) {
    EXPECT_EQ(std::to_string(parse_size(without_quotes(row[0])).value().of({8LL << 30}).count), row[1]) << row[0];
    ++sizes;
  }
  EXPECT_EQ(sizes, 8);
}

TEST(ConfigManualTest, it_has_every_key_with_its_default) {
  const auto built_in = to_text(load_with_user_file("{}").value()).text();
  std::vector<std::string> documented;
  for (const auto& row : rows_after("| key | value")) {
    documented.push_back(without_quotes(row[0]));
    if (documented.back() == "classes" || documented.back() == "rules") continue;
    EXPECT_THAT(built_in, testing::ContainsRegex(documented.back() + " +" + without_quotes(row[2]) + " +built-in\n"));
  }
  const auto known = keys();
  EXPECT_EQ(documented, std::vector<std::string>(known.begin(), known.end()));
}

TEST(ConfigManualTest, it_has_the_built_in_classes) {
  const auto classes = Config::built_in_classes();
  const auto rows = rows_after("| class | programs");
  ASSERT_EQ(rows.size(), classes.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string programs;
    for (const auto& program : classes[i].programs) programs += (programs.empty() ? "" : " ") + program.value;
    EXPECT_EQ(without_quotes(rows[i][0]), classes[i].name);
    EXPECT_EQ(quoted(rows[i][1]), programs);
  }
}

TEST(ConfigManualTest, its_error_and_its_output_are_the_real_ones) {
  const auto shown = examples("text");
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(load_with_user_file(R"({"memroy": "3GiB"})").error().text() + "\n", shown[0]);
  const auto real = to_text(load_with_user_file(examples("jsonc").back(), {{"MEMGUARD_SWAP", "none"}}).value()).text();
  EXPECT_TRUE(real.starts_with(parts_of(shown[1]).front())) << real;
  std::size_t at = 0;
  for (const std::string& part : parts_of(shown[1])) {
    const auto found = real.find(part, at);
    ASSERT_NE(found, std::string::npos) << part << "is not in\n" << real;
    at = found + part.size();
  }
  EXPECT_EQ(at, real.size());
}

}  // namespace
}  // namespace memguard::config
