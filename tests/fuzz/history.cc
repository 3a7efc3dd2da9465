// An export of history, as another machine may have made it.
#include <unistd.h>

#include <string>

#include "history/advice.h"
#include "history/database.h"
#include "history/exchange.h"
#include "input.h"

namespace {

using namespace memguard;

history::Database empty_database(const std::string& path) {
  for (const char* part : {"", "-wal", "-shm"}) ::unlink((path + part).c_str());
  auto opened = history::Database::open(path);
  fuzz::require(opened.has_value(), "a new database can be made");
  return std::move(*opened);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto runs = history::from_json(fuzz::text_of(data, size));
  if (!runs || runs->size() > 100) return 0;
  static const std::string path = "/dev/shm/memguard-fuzz-" + std::to_string(::getpid()) + ".db";
  auto database = empty_database(path);
  fuzz::require(database.merge(*runs).has_value(), "what was read can be stored");
  fuzz::require(database.remember().has_value(), "what was stored can be learnt from");
  const auto units = database.list({});
  fuzz::require(units.has_value(), "what was stored can be listed");
  static_cast<void>(history::advise(*units));
  const std::string exported = history::to_json(*units);
  const auto again = history::from_json(exported);
  fuzz::require(again.has_value(), "an export can be imported");
  fuzz::require(database.merge(*again) == 0, "an own export has nothing new");
  for (const char* part : {"", "-wal", "-shm"}) ::unlink((path + part).c_str());
  return 0;
}
