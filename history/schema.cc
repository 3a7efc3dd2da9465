#include "history/schema.h"

#include <array>
#include <string>

namespace memguard::history {
namespace {

constexpr const char* kRunsAndModels = R"sql(
  CREATE TABLE unit (
    id INTEGER PRIMARY KEY,
    class TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, kind TEXT NOT NULL, profile TEXT NOT NULL,
    target TEXT NOT NULL, compiler TEXT NOT NULL,
    last_seen INTEGER NOT NULL DEFAULT 0,
    expected INTEGER NOT NULL DEFAULT 0,
    objects INTEGER NOT NULL DEFAULT 0,
    UNIQUE (class, name, version, kind, profile, target, compiler)
  ) STRICT;
  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES unit(id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    project TEXT NOT NULL, program TEXT NOT NULL, model TEXT NOT NULL,
    objects INTEGER NOT NULL, sources INTEGER NOT NULL,
    peak INTEGER NOT NULL, cpu_ns INTEGER NOT NULL, wall_ns INTEGER NOT NULL,
    completed INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX run_of_unit ON run(unit, at);
  CREATE INDEX run_of_model ON run(model, at);
  CREATE INDEX unit_by_age ON unit(last_seen);
  CREATE TABLE model (
    name TEXT PRIMARY KEY,
    constant INTEGER NOT NULL, per_object REAL NOT NULL, per_source REAL NOT NULL
  ) STRICT;
)sql";

constexpr const char* kShapes = R"sql(
  ALTER TABLE run ADD COLUMN shape BLOB;
  ALTER TABLE unit ADD COLUMN cpu_ns INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE unit ADD COLUMN wall_ns INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE unit ADD COLUMN shape BLOB;
)sql";

// What leads from each version to the next; element 0 begins with an empty file.
//
// unit.expected, unit.objects, unit.cpu_ns, unit.wall_ns, unit.shape and model are derived from the runs when those are
// written, so that a build that starts reads a few columns instead of every run.
constexpr std::array<const char*, kSchemaVersion> kSteps{kRunsAndModels, kShapes};

}  // namespace

void bring_up_to_date(SQLite::Database& file) {
  SQLite::Transaction transaction(file, SQLite::TransactionBehavior::IMMEDIATE);
  const int version = file.execAndGet("PRAGMA user_version").getInt();
  for (int step = version; step < kSchemaVersion; ++step) file.exec(kSteps.at(static_cast<std::size_t>(step)));
  // Not one that a newer memguard has brought further since it was opened.
  if (version < kSchemaVersion) file.exec("PRAGMA user_version = " + std::to_string(kSchemaVersion));
  transaction.commit();
}

}  // namespace memguard::history
