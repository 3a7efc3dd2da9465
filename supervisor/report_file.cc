#include "supervisor/report_file.h"

#include <utility>

#include "base/whole_file.h"

namespace memguard::supervisor {

Status check_report_file(const config::Config& config) {
  if (!config.json.value || !config::said_for_this_run(config.json.origin)) return {};
  auto fine = check_writable(*config.json.value);
  return fine ? fine : Status(pass(std::move(fine.error()), config.json.origin));
}

}  // namespace memguard::supervisor
