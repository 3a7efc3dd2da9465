// A folder for one history file, and measurements to put there.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "history/database.h"
#include "temporary_folder.h"

namespace memguard::history {

class HistoryFolder : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_ / "state" / "history.db"; }
  [[nodiscard]] Database database() const {
    auto opened = Database::open(path());
    EXPECT_TRUE(opened) << opened.error().text();
    return std::move(*opened);
  }

  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path();
};

inline job::Unit crate(const std::string& name) {
  return {.job_class = "rustc",
          .name = name,
          .version = "1.2.0",
          .kind = "lib",
          .profile = "opt-level=3",
          .target = {},
          .compiler = "1.95.0"};
}

inline UnitMeasurement measured(const job::Unit& unit, Bytes peak, int at = 1000) {
  return {unit,
          {.at = std::chrono::sys_seconds(std::chrono::seconds(at)),
           .project = "/home/you/project",
           .program = unit.job_class == "link" ? "ld.lld" : unit.job_class,
           .inputs = {Bytes{3 << 20}, Bytes{40'000}},
           .peak = peak,
           .cpu = std::chrono::milliseconds(1500),
           .wall = std::chrono::milliseconds(2500),
           .completed = true}};
}

// With zeros and the most, which no text would carry.
constexpr Shape kRising{0, 0, 10, 20, 30, 40, 60, 80, 100, 120, 140, 160, 180, 200, 230, 255};
constexpr Shape kFalling{255, 230, 200, 180, 160, 140, 120, 100, 80, 60, 40, 30, 20, 10, 0, 0};

inline UnitMeasurement shaped(const job::Unit& unit, const Shape& shape, int at = 1000) {
  auto one = measured(unit, Bytes{300 << 20}, at);
  one.measured.shape = shape;
  return one;
}

}  // namespace memguard::history
