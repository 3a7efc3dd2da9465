// What a job's arguments and environment told of it, in the bounded form that shared memory holds.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "base/units.h"
#include "job/describe.h"
#include "job/unit.h"

namespace memguard::supervisor {

/// Text of bounded length inside shared memory; longer text is cut.
template <std::size_t N>
struct FixedText {
  std::array<char, N> bytes;

  /// Cuts what is longer than N - 1.
  void set(std::string_view text) {
    const std::size_t length = std::min(text.size(), N - 1);
    std::memcpy(bytes.data(), text.data(), length);
    bytes[length] = '\0';
  }
  /// Good as long as this is.
  [[nodiscard]] std::string_view view() const { return {bytes.data(), ::strnlen(bytes.data(), N)}; }
};

struct JobFacts {
  /// Index of its class in config::Config::classes.
  std::uint16_t job_class;
  FixedText<32> program;
  FixedText<64> package;
  FixedText<64> crate;
  FixedText<256> output;
  /// job::Description::will_link
  bool will_link;
  /// job::Description::of_build_script
  bool of_build_script;
  /// job::Unit
  FixedText<128> name;
  FixedText<32> version;
  FixedText<16> kind;
  FixedText<96> profile;
  FixedText<48> target;
  FixedText<48> compiler;
  Bytes objects;
  Bytes sources;

  /// Fills all of it.
  void set(std::uint16_t class_index, std::string_view program_name, const job::Description& job,
           const job::Inputs& inputs);
  /// The linker of a rustc was compiled as its rustc was.
  void inherit(const JobFacts& rustc);
  /// What history knows it by; `class_name` is that of job_class.
  [[nodiscard]] job::Unit unit(std::string_view class_name) const;
  /// What it reads, as far as its arguments name it.
  [[nodiscard]] job::Inputs inputs() const { return {objects, sources}; }
};
static_assert(std::is_trivially_copyable_v<JobFacts>);

}  // namespace memguard::supervisor
