#include "cli/subcommand.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "base/printable.h"
#include "config/nearest.h"

namespace memguard::cli {
namespace {

std::string see_help(const CLI::App& app) { return fmt::format("See {} --help.", app.get_name()); }

// An argument is called by what stands for it in help: "file" is FILE.
std::string shown_name(const CLI::App& app, const std::string& name) {
  const CLI::Option* option = app.get_option_no_throw(name);
  return option != nullptr && option->get_positional() && !option->get_type_name().empty() ? option->get_type_name()
                                                                                           : name;
}

// "--html: 1 required FILE missing" begins with the option.
std::string option_of(const CLI::Error& error) {
  const std::string text = error.what();
  return text.substr(0, text.find(':'));
}

tl::unexpected<Error> left_over(const CLI::App& app) {
  const auto words = app.remaining();
  const std::string word = words.empty() ? std::string() : words.front();
  if (word.starts_with('-')) return unknown_option(app, word);
  return fail(fmt::format("{} takes no argument {} here", app.get_name(), printable(word)), 0, see_help(app));
}

// "file excludes --last", as CLI11 says it.
tl::unexpected<Error> not_together(const CLI::App& app, const std::string& text) {
  constexpr std::string_view kExcludes = " excludes ";
  const auto at = text.find(kExcludes);
  if (at == std::string::npos) return fail(text, 0, see_help(app));
  return fail(fmt::format("{} and {} do not go together", shown_name(app, text.substr(0, at)),
                          shown_name(app, text.substr(at + kExcludes.size()))),
              0, see_help(app));
}

tl::unexpected<Error> value_missing(const CLI::App& app, const CLI::Error& error) {
  const std::string name = option_of(error);
  const CLI::Option* option = app.get_option_no_throw(name);
  if (option == nullptr) return fail(error.what(), 0, see_help(app));
  return fail(fmt::format("{} needs {}", name, option->get_type_name()), 0, see_help(app));
}

// "Could not convert: --shared = x", as CLI11 says it.
tl::unexpected<Error> not_converted(const CLI::App& app, const std::string& text) {
  constexpr std::string_view kEquals = " = ";
  const auto begin = text.find("--");
  const auto equals = text.find(kEquals);
  if (begin == std::string::npos || equals == std::string::npos || equals < begin) return fail(text, 0, see_help(app));
  const std::string name = text.substr(begin, equals - begin);
  const CLI::Option* option = app.get_option_no_throw(name);
  if (option != nullptr && option->get_items_expected_max() == 0)
    return fail(fmt::format("{} takes no value", name), 0, see_help(app));
  return fail(fmt::format("'{}' is no value for {}", printable(text.substr(equals + kEquals.size())), name), 0,
              see_help(app));
}

}  // namespace

tl::unexpected<Error> words_refused(const CLI::App& app, const CLI::ParseError& error) {
  const std::string& kind = error.get_name();
  const std::string text = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) return left_over(app);
  if (kind == "ExcludesError") return not_together(app, text);
  if (kind == "ArgumentMismatch") return value_missing(app, error);
  if (kind == "ConversionError") return not_converted(app, text);
  if (kind == "RequiredError")
    return fail(fmt::format("{} is missing", shown_name(app, text.substr(0, text.find(' ')))), 0, see_help(app));
  return fail(text, 0, see_help(app));
}

tl::unexpected<Error> unknown_option(const CLI::App& app, const std::string& option) {
  std::vector<std::string> names;
  for (const CLI::Option* known : app.get_options()) {
    for (const auto& name : known->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string bare = option.substr(0, option.find('='));
  const auto near = config::nearest(bare, views);
  return fail(fmt::format("unknown option {}", printable(option)), 0,
              near ? fmt::format("Did you mean {}?", *near) : see_help(app));
}

Result<std::optional<CommandHelp>> read_words(CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> backwards(words.rbegin(), words.rend());  // CLI11 takes them from the back
  try {
    app.parse(backwards);
  } catch (const CLI::CallForHelp&) {
    return describe(app);
  } catch (const CLI::ParseError& error) {
    return words_refused(app, error);
  }
  return std::nullopt;
}

}  // namespace memguard::cli
