// The statements: rows of the tables to values and back. Internal to history/; throws SQLite::Exception.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "history/remembered.h"
#include "history/unit_runs.h"

namespace memguard::history {

class Tables {
 public:
  /// Of an open file with our schema, which must outlive it.
  explicit Tables(SQLite::Database& file) : file_(file) {}

  /// Adds one run of a unit.
  void add(const job::Unit& unit, const Measurement& measured);
  /// This very run is there already.
  [[nodiscard]] bool has(const job::Unit& unit, const Measurement& measured);
  /// The newest row of the runs, 0 without any; and how many came after one.
  [[nodiscard]] std::int64_t last_run();
  /// How many rows came after that one.
  [[nodiscard]] int runs_since(std::int64_t last);
  /// Drops the oldest runs of the units touched since, and the units not seen for longest.
  void keep_bounds();
  /// Computes what is derived from runs: of the units touched since, and the models.
  void derive();
  /// Drops the units that the filter names, with their runs; how many there were.
  [[nodiscard]] int forget(const Filter& filter);

  /// All that a build is told of builds before it.
  [[nodiscard]] Remembered remembered();
  /// The units that the filter names, with their runs.
  [[nodiscard]] std::vector<UnitRuns> list(const Filter& filter);

 private:
  using RowId = std::int64_t;
  RowId unit_row(const job::Unit& unit, std::int64_t seen);
  [[nodiscard]] std::vector<Measurement> runs_of(RowId unit, const std::string& project);
  void derive_unit(RowId unit);
  void derive_model(const std::string& name);

  SQLite::Database& file_;
  std::set<RowId> touched_;
  std::set<std::string> models_;
};

}  // namespace memguard::history
