// The shipped JSON Schema and the parser say the same. schema_test.py judges the same documents by the schema.
#include <fstream>
#include <regex>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <nlohmann/json.hpp>

#include "config/load.h"
#include "fake_environment.h"

namespace memguard::config {
namespace {

using nlohmann::json;

json read_json(const char* path) {
  std::ifstream file(path);
  return json::parse(file);
}

Result<Config> parsed(const std::string& text) {
  const FakeFiles files{{{"/etc/memguard/config.json", text}}, {}, {}};
  return load(fake_environment(files));
}

TEST(SchemaTest, it_has_every_key_of_the_parser_and_no_other) {
  std::set<std::string> in_schema;
  const json schema = read_json(MEMGUARD_SCHEMA);
  for (const auto& [key, value] : schema["properties"].items()) in_schema.insert(key);
  EXPECT_EQ(in_schema.erase("$schema"), 1U);
  const auto known = keys();
  EXPECT_EQ(in_schema, std::set<std::string>(known.begin(), known.end()));
}

TEST(SchemaTest, its_defaults_are_the_built_in_values) {
  const auto built_in = to_text(parsed("{}").value()).text();
  const json schema = read_json(MEMGUARD_SCHEMA);
  int checked = 0;
  for (const auto& [key, property] : schema["properties"].items()) {
    if (!property.contains("default")) continue;
    const json& value = property["default"];
    // The defaults as a file change nothing but where values came from.
    const auto config = parsed(json{{key, value}}.dump());
    ASSERT_TRUE(config) << config.error().text();
    const auto expected = value.is_string() ? value.get<std::string>() : value.dump();
    EXPECT_THAT(built_in, testing::ContainsRegex(fmt::format("{} +{} +built-in\n", key, expected)));
    ++checked;
  }
  EXPECT_EQ(checked, static_cast<int>(keys().size()) - 2);  // all but classes and rules
}

TEST(SchemaTest, the_parser_takes_each_word_that_the_table_of_settings_has) {
  for (const auto& facts : key_facts()) {
    for (const auto word : facts.words) {
      const auto config = parsed(json{{std::string(facts.key), word}}.dump());
      EXPECT_TRUE(config) << (config ? "" : config.error().text());
    }
  }
}

TEST(SchemaTest, the_parser_judges_the_documents_as_expected) {
  const json cases = read_json(MEMGUARD_DOCUMENTS);
  ASSERT_FALSE(cases.empty());
  for (const auto& one : cases) {
    const auto config = parsed(one["document"].dump());
    EXPECT_EQ(config.has_value(), one["good"].get<bool>())
        << one["why"] << ": " << one["document"] << (config ? "" : ": " + config.error().text());
  }
}

TEST(SchemaTest, every_known_word_is_described) {
  const json schema = read_json(MEMGUARD_SCHEMA);
  for (const auto& [key, property] : schema["properties"].items()) EXPECT_TRUE(property.contains("description")) << key;
}

TEST(SchemaTest, its_pattern_of_a_size_accepts_what_the_parser_accepts) {
  const std::regex pattern(read_json(MEMGUARD_SCHEMA)["$defs"]["size"]["pattern"].get<std::string>());
  int good = 0;
  EXPECT_TRUE(rc::check("pattern and parser agree", [&] {
    // Pieces rather than letters, so that a good part of the texts are sizes; short, so that none is too large.
    const auto piece = rc::gen::element<std::string>("0", "7", "100", "95", ".5", ".", "%", " ", " - ", "-", "GiB", "m",
                                                     "kB", "B", "Ti", "i", "q", "1 MiB", "100%", "\n", "+");
    const auto count = *rc::gen::inRange<std::size_t>(1, 6);
    std::string text;
    for (const auto& part : *rc::gen::container<std::vector<std::string>>(count, piece)) text += part;
    if (text.size() > 17) return;  // more digits may be too large, which a pattern cannot tell
    const auto size = parse_size(text);
    const bool too_large = !size && size.error().what.find("too large") != std::string::npos;
    good += size ? 1 : 0;
    RC_ASSERT(too_large || size.has_value() == std::regex_match(text, pattern));
  }));
  EXPECT_GT(good, 5);
}

}  // namespace
}  // namespace memguard::config
