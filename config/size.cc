#include "config/size.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"

namespace memguard::config {
namespace {

constexpr std::string_view kUnits = "Use B, KiB, MiB, GiB, TiB, KB, MB, GB, TB or %.";
constexpr std::string_view kForms = "Write a size such as 3GiB, 512M, 95% or '100% - 200MiB'.";

struct Unit {
  std::string_view name;  // in lower case
  std::int64_t factor;
};
constexpr std::array<Unit, 14> kFactors{{{"", 1},
                                         {"b", 1},
                                         {"k", 1LL << 10},
                                         {"kib", 1LL << 10},
                                         {"m", 1LL << 20},
                                         {"mib", 1LL << 20},
                                         {"g", 1LL << 30},
                                         {"gib", 1LL << 30},
                                         {"t", 1LL << 40},
                                         {"tib", 1LL << 40},
                                         {"kb", 1'000},
                                         {"mb", 1'000'000},
                                         {"gb", 1'000'000'000},
                                         {"tb", 1'000'000'000'000}}};

// Not those of <cctype>: they depend on the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <class Predicate>
std::string_view take_while(std::string_view& rest, Predicate accepts) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), accepts);
  const auto length = static_cast<std::size_t>(end - rest.begin());
  const auto taken = rest.substr(0, length);
  rest.remove_prefix(length);
  return taken;
}

void skip_blanks(std::string_view& rest) {
  (void)take_while(rest, [](char c) { return c == ' '; });
}

// A number and its unit as they stand: "1.5" and "GiB".
struct Term {
  std::string_view number;
  std::string_view unit;
  [[nodiscard]] bool has_decimals() const { return number.find('.') != std::string_view::npos; }
  [[nodiscard]] bool is_percent() const { return unit == "%"; }
};

std::optional<Term> take_term(std::string_view& rest) {
  const std::string_view begin = rest;
  if (take_while(rest, is_digit).empty()) return std::nullopt;
  if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) {
    rest.remove_prefix(1);
    (void)take_while(rest, is_digit);
  }
  const auto number = begin.substr(0, begin.size() - rest.size());
  skip_blanks(rest);
  return Term{number, take_while(rest, [](char c) { return c != ' ' && c != '-'; })};
}

std::optional<std::int64_t> factor_of(std::string_view unit) {
  std::string name(unit);
  std::transform(name.begin(), name.end(), name.begin(), lower);
  const auto* found = std::find_if(kFactors.begin(), kFactors.end(), [&](const Unit& u) { return u.name == name; });
  if (found == kFactors.end()) return std::nullopt;
  return found->factor;
}

Result<Bytes> whole_bytes(std::string_view number, std::int64_t factor) {
  const auto count = to_number<std::int64_t>(number);
  Bytes bytes;
  // is_unlimited(): the largest number means "no limit", which must not come about by counting.
  if (!count || __builtin_mul_overflow(*count, factor, &bytes.count) || bytes.is_unlimited())
    return fail("too large", 0, "The largest size is 8388607TiB.");
  return bytes;
}

Result<Bytes> bytes_of(const Term& term) {
  const auto factor = factor_of(term.unit);
  if (!factor) return fail(fmt::format("unknown unit '{}'", printable(term.unit)), 0, kUnits);
  if (!term.has_decimals()) return whole_bytes(term.number, *factor);
  if (*factor == 1)
    return fail("not a whole number of bytes", 0, fmt::format("Is the unit missing, as in {}GiB?", term.number));
  const double count = to_number<double>(term.number).value_or(HUGE_VAL) * static_cast<double>(*factor);
  if (count >= Bytes::unlimited().real()) return fail("too large", 0, "The largest size is 8388607TiB.");
  return Bytes::of(count);
}

Result<double> fraction_of(const Term& term) {
  const auto percent = to_number<double>(term.number);
  if (!percent || *percent > 100) return fail("more than 100 %");
  return *percent / 100;
}

// What follows a percentage: nothing, or "- bytes".
Result<Bytes> taken_off(std::string_view& rest) {
  skip_blanks(rest);
  if (rest.empty() || rest[0] != '-') return Bytes{};
  rest.remove_prefix(1);
  skip_blanks(rest);
  const auto term = take_term(rest);
  if (!term) return fail("no size after '-'", 0, kForms);
  if (term->is_percent()) return fail("a percentage after '-'", 0, "Only bytes can be taken off: '100% - 200MiB'.");
  return bytes_of(*term);
}

Result<Size> first_parts(std::string_view& rest) {
  const auto term = take_term(rest);
  if (!term) return fail("does not begin with a number", 0, kForms);
  if (!term->is_percent()) {
    auto bytes = bytes_of(*term);
    if (!bytes) return pass(std::move(bytes.error()));
    return Size{0, *bytes};
  }
  const auto fraction = fraction_of(*term);
  if (!fraction) return tl::unexpected<Error>(fraction.error());
  auto less = taken_off(rest);
  if (!less) return pass(std::move(less.error()));
  return Size{*fraction, Bytes{} - *less};
}

Result<Size> whole_size(std::string_view text) {
  if (text.empty()) return fail("empty", 0, kForms);
  if (text.front() == ' ' || text.back() == ' ') return fail("blanks around it", 0, kForms);
  if (text.front() == '-') return fail("negative", 0, kForms);
  std::string_view rest = text;
  auto size = first_parts(rest);
  if (!size) return size;
  skip_blanks(rest);
  if (rest.empty()) return size;
  if (rest.front() == '-')
    return fail("only from a percentage can something be taken off", 0, "As in '100% - 200MiB'.");
  return fail(fmt::format("unexpected '{}' at its end", printable(rest)), 0, kForms);
}

// The largest binary unit that loses nothing.
std::string exact(Bytes bytes) {
  constexpr std::array<std::string_view, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  std::int64_t count = bytes.count;
  std::size_t unit = 0;
  while (count != 0 && count % 1024 == 0 && unit + 1 < kNames.size()) {
    count /= 1024;
    ++unit;
  }
  return fmt::format("{}{}", count, kNames[unit]);
}

}  // namespace

Bytes Size::of(Bytes whole) const {
  if (bytes.is_unlimited() || (fraction > 0 && whole.is_unlimited())) return Bytes::unlimited();
  // In long double, so that 100 % of any 63-bit size is that size; rounded, since no float is 0.95.
  const auto share = static_cast<long double>(fraction) * static_cast<long double>(whole.count);
  const auto sum = std::round(share + static_cast<long double>(bytes.count));
  if (sum >= static_cast<long double>(Bytes::unlimited().count)) return Bytes::unlimited();
  return {std::max<std::int64_t>(0, static_cast<std::int64_t>(sum))};
}

Result<Size> parse_size(std::string_view text) {
  auto size = whole_size(text);
  if (size) return size;
  size.error() = std::move(size.error()).in(fmt::format("size '{}'", printable(text)));
  return size;
}

std::string to_text(const Size& size) {
  if (size.bytes.is_unlimited()) return "max";
  if (size.fraction == 0 && size.bytes.count >= 0) return exact(size.bytes);
  const auto percent = fmt::format("{:.10g}%", size.fraction * 100);
  return size.bytes.count == 0 ? percent : fmt::format("{} - {}", percent, exact(Bytes{} - size.bytes));
}

}  // namespace memguard::config
