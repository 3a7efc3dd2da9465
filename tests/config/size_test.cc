#include "config/size.h"

#include <cstdint>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace memguard::config {
namespace {

using testing::HasSubstr;
using namespace units;

Bytes bytes_of(std::string_view text) {
  const auto size = parse_size(text);
  EXPECT_TRUE(size) << (size ? "" : size.error().text());
  if (!size) return {-1};
  EXPECT_EQ(size->fraction, 0) << text;
  return size->bytes;
}

std::string error_of(std::string_view text) {
  const auto size = parse_size(text);
  return size ? "accepted as " + to_text(*size) : size.error().text();
}

TEST(SizeTest, bytes_are_counted_in_1024_or_1000_as_the_unit_says) {
  EXPECT_EQ(bytes_of("1000000"), 1000000_B);
  EXPECT_EQ(bytes_of("7B"), 7_B);
  EXPECT_EQ(bytes_of("3GiB"), 3_GiB);
  EXPECT_EQ(bytes_of("5KiB"), 5_KiB);
  EXPECT_EQ(bytes_of("2TiB"), 2048_GiB);
  EXPECT_EQ(bytes_of("5KB"), 5000_B);
  EXPECT_EQ(bytes_of("5kB"), 5000_B);
  EXPECT_EQ(bytes_of("2MB"), 2000000_B);
  EXPECT_EQ(bytes_of("2GB"), 2000000000_B);
  EXPECT_EQ(bytes_of("2TB"), 2000000000000_B);
}

TEST(SizeTest, single_letters_are_binary_as_in_systemd) {
  EXPECT_EQ(bytes_of("4K"), 4_KiB);
  EXPECT_EQ(bytes_of("512M"), 512_MiB);
  EXPECT_EQ(bytes_of("512m"), 512_MiB);
  EXPECT_EQ(bytes_of("3G"), 3_GiB);
  EXPECT_EQ(bytes_of("1T"), 1024_GiB);
}

TEST(SizeTest, fractions_and_blanks_between_the_parts_are_read) {
  EXPECT_EQ(bytes_of("1.5GiB"), 1536_MiB);
  EXPECT_EQ(bytes_of("3 GiB"), 3_GiB);
  EXPECT_EQ(bytes_of("0"), 0_B);
}

TEST(SizeTest, a_count_of_bytes_keeps_every_bit) {
  EXPECT_EQ(bytes_of("9007199254740993").count, 9007199254740993);  // 2^53 + 1: no double
  EXPECT_EQ(bytes_of("9223372036854775806").count, std::numeric_limits<std::int64_t>::max() - 1);
}

TEST(SizeTest, a_percentage_is_resolved_against_the_whole) {
  EXPECT_EQ(parse_size("95%")->of({1000}), 950_B);
  EXPECT_EQ(parse_size("12.5%")->of(8_GiB), 1_GiB);
  EXPECT_EQ(parse_size("100% - 200MiB")->of(1_GiB), 824_MiB);
  EXPECT_EQ(parse_size("95%-1GiB")->of({20LL << 30}), 18_GiB);
  EXPECT_EQ(parse_size("3GiB")->of(1_GiB), 3_GiB);
}

TEST(SizeTest, a_size_is_never_negative_and_never_overflows) {
  EXPECT_EQ(parse_size("100% - 200MiB")->of(100_MiB), 0_B);
  const Bytes largest{std::numeric_limits<std::int64_t>::max() - 1};
  EXPECT_EQ(parse_size("100%")->of(largest), largest);
  EXPECT_TRUE(parse_size("50%")->of(Bytes::unlimited()).is_unlimited());
  EXPECT_TRUE((Size{0, Bytes::unlimited()}).of(1_GiB).is_unlimited());
  EXPECT_TRUE((Size{1, 2_GiB}).of(largest).is_unlimited());
  EXPECT_EQ(parse_size("1GiB")->of(Bytes::unlimited()), 1_GiB);
}

TEST(SizeTest, an_unknown_unit_is_named_with_those_there_are) {
  EXPECT_EQ(error_of("12Q"), "size '12Q': unknown unit 'Q'. Use B, KiB, MiB, GiB, TiB, KB, MB, GB, TB or %.");
  EXPECT_THAT(error_of("1e9"), HasSubstr("unknown unit 'e9'"));
  EXPECT_THAT(error_of("0x10"), HasSubstr("unknown unit 'x10'"));
  EXPECT_THAT(error_of("1,5GiB"), HasSubstr("unknown unit ',5GiB'"));
  EXPECT_THAT(error_of("1.GiB"), HasSubstr("unknown unit '.GiB'"));
  EXPECT_THAT(error_of("3GiB\n"), HasSubstr("unknown unit 'GiB\\x0a'"));
  EXPECT_THAT(error_of("1GiB+1MiB"), HasSubstr("unknown unit"));
}

TEST(SizeTest, what_is_no_number_is_refused) {
  EXPECT_THAT(error_of(""), HasSubstr("size '': empty. Write a size such as"));
  EXPECT_THAT(error_of("-1GiB"), HasSubstr("negative"));
  for (const auto* text : {"nan", "inf", "GiB", "%", "+1GiB", ".5GiB", "max", "none", "\xff"})
    EXPECT_THAT(error_of(text), HasSubstr("does not begin with a number")) << text;
}

TEST(SizeTest, trailing_rubbish_and_outer_blanks_are_refused) {
  EXPECT_THAT(error_of("3GiB or so"), HasSubstr("unexpected 'or so' at its end"));
  EXPECT_THAT(error_of("95% 1GiB"), HasSubstr("unexpected '1GiB' at its end"));
  EXPECT_THAT(error_of(" 3GiB"), HasSubstr("blanks around it"));
  EXPECT_THAT(error_of("3GiB "), HasSubstr("blanks around it"));
}

TEST(SizeTest, subtraction_is_bytes_off_a_percentage_only) {
  EXPECT_THAT(error_of("2GiB - 1GiB"), HasSubstr("only from a percentage"));
  EXPECT_THAT(error_of("100% - 5%"), HasSubstr("a percentage after '-'"));
  EXPECT_THAT(error_of("100% -"), HasSubstr("no size after '-'"));
  EXPECT_THAT(error_of("100% - 1GiB - 1GiB"), HasSubstr("only from a percentage"));
  EXPECT_THAT(error_of("100% - 1Q"), HasSubstr("unknown unit 'Q'"));
}

TEST(SizeTest, what_does_not_fit_is_refused) {
  EXPECT_THAT(error_of("9223372036854775807"), HasSubstr("too large"));  // would read as unlimited
  EXPECT_THAT(error_of("99999999999999999999"), HasSubstr("too large"));
  EXPECT_THAT(error_of("8388608TiB"), HasSubstr("too large"));
  EXPECT_THAT(error_of("8388608.0TiB"), HasSubstr("too large"));
  EXPECT_THAT(error_of(std::string(400, '9') + ".5GiB"), HasSubstr("too large"));
  EXPECT_THAT(error_of("100.5%"), HasSubstr("more than 100 %"));
  EXPECT_THAT(error_of(std::string(400, '9') + "%"), HasSubstr("more than 100 %"));
  EXPECT_EQ(bytes_of("8388607TiB").count, 8388607LL << 40);
}

TEST(SizeTest, a_fraction_of_a_byte_points_to_the_forgotten_unit) {
  EXPECT_EQ(error_of("1.5"), "size '1.5': not a whole number of bytes. Is the unit missing, as in 1.5GiB?");
}

TEST(SizeTest, text_is_as_it_would_be_written) {
  EXPECT_EQ(to_text(*parse_size("1.5GiB")), "1536MiB");
  EXPECT_EQ(to_text(*parse_size("95% - 1GiB")), "95% - 1GiB");
  EXPECT_EQ(to_text(*parse_size("1000001")), "1000001B");
  EXPECT_EQ(to_text(*parse_size("0% - 1KiB")), "0% - 1KiB");
  EXPECT_EQ(to_text(Size{}), "0B");
  EXPECT_EQ(to_text(Size{0, Bytes::unlimited()}), "max");
}

TEST(SizeTest, text_reads_back_as_the_same_size) {
  EXPECT_TRUE(rc::check("sizes survive text", [] {
    const auto bytes = *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max());
    const auto tenths = *rc::gen::inRange(0, 1001);
    const Size size = tenths == 0 ? Size{0, {bytes}} : Size{tenths / 10.0 / 100, {-bytes}};
    const auto read = parse_size(to_text(size));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == size);
  }));
}

TEST(SizeTest, any_text_is_either_a_size_or_an_error_that_quotes_it) {
  EXPECT_TRUE(rc::check("no crash, no empty error", [](const std::string& text) {
    const auto size = parse_size(text);
    if (size)
      RC_ASSERT(size->of({1LL << 40}).count >= 0);
    else
      RC_ASSERT(size.error().what.starts_with("size '"));
  }));
}

}  // namespace
}  // namespace memguard::config
