// The tables, and how an older file is brought to their form. Internal to history/.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

namespace memguard::history {

/// PRAGMA user_version of the present form.
constexpr int kSchemaVersion = 2;

/// Makes or migrates the tables. Throws SQLite::Exception.
void bring_up_to_date(SQLite::Database& file);

}  // namespace memguard::history
