#include "supervisor/account/report_file.h"

#include <utility>

#include "base/whole_file.h"

namespace memguard::supervisor {

Status check_report_file(const config::Config& config) {
  for (const auto* setting : {&config.json, &config.metrics}) {
    if (!setting->value || !config::said_for_this_run(setting->origin)) continue;
    if (auto fine = check_writable(*setting->value); !fine) return pass(std::move(fine.error()), setting->origin);
  }
  return {};
}

}  // namespace memguard::supervisor
