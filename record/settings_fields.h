// Every field of policy::Settings with its name. A test counts them, so that none is forgotten.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "policy/settings.h"

namespace memguard::record {

/// Every constant of policy::Settings with its name, in the order of the struct.
constexpr std::tuple kSettingsFields{
    std::pair{"margin", &policy::Settings::margin},
    std::pair{"margin_if_lost", &policy::Settings::margin_if_lost},
    std::pair{"unknown_peak", &policy::Settings::unknown_peak},
    std::pair{"unknown_peak_of_class", &policy::Settings::unknown_peak_of_class},
    std::pair{"unknown_spread", &policy::Settings::unknown_spread},
    std::pair{"spreads_above", &policy::Settings::spreads_above},
    std::pair{"spreads_careful", &policy::Settings::spreads_careful},
    std::pair{"spreads_at_worst", &policy::Settings::spreads_at_worst},
    std::pair{"evicted_needs", &policy::Settings::evicted_needs},
    std::pair{"believers", &policy::Settings::believers},
    std::pair{"believer_residual", &policy::Settings::believer_residual},
    std::pair{"believer_residual_history", &policy::Settings::believer_residual_history},
    std::pair{"nearly_there", &policy::Settings::nearly_there},
    std::pair{"outgrow", &policy::Settings::outgrow},
    std::pair{"outgrow_most", &policy::Settings::outgrow_most},
    std::pair{"large_enough", &policy::Settings::large_enough},
    std::pair{"alike", &policy::Settings::alike},
    std::pair{"small_of_guess", &policy::Settings::small_of_guess},
    std::pair{"guess_of_limit", &policy::Settings::guess_of_limit},
    std::pair{"guess_fades", &policy::Settings::guess_fades},
    std::pair{"alpha_start", &policy::Settings::alpha_start},
    std::pair{"alpha_least", &policy::Settings::alpha_least},
    std::pair{"alpha_most", &policy::Settings::alpha_most},
    std::pair{"alpha_per_end", &policy::Settings::alpha_per_end},
    std::pair{"alpha_per_freeze", &policy::Settings::alpha_per_freeze},
    std::pair{"alpha_per_eviction", &policy::Settings::alpha_per_eviction},
    std::pair{"reserve_for_few", &policy::Settings::reserve_for_few},
    std::pair{"few_in_full", &policy::Settings::few_in_full},
    std::pair{"course_slack", &policy::Settings::course_slack},
    std::pair{"courses_most", &policy::Settings::courses_most},
    std::pair{"children_of_chain", &policy::Settings::children_of_chain},
    std::pair{"idle", &policy::Settings::idle},
    std::pair{"horizon", &policy::Settings::horizon},
    std::pair{"release_share", &policy::Settings::release_share},
    std::pair{"release_window", &policy::Settings::release_window},
    std::pair{"growth_window", &policy::Settings::growth_window},
    std::pair{"growth_ignored", &policy::Settings::growth_ignored},
    std::pair{"frozen_most", &policy::Settings::frozen_most},
    std::pair{"freezes_before_doubling", &policy::Settings::freezes_before_doubling},
    std::pair{"settle", &policy::Settings::settle},
    std::pair{"wall", &policy::Settings::wall},
    std::pair{"at_once", &policy::Settings::at_once},
    std::pair{"at_once_most", &policy::Settings::at_once_most},
    std::pair{"swap_margin", &policy::Settings::swap_margin},
    std::pair{"reclaim_most", &policy::Settings::reclaim_most},
    std::pair{"reclaim_again", &policy::Settings::reclaim_again},
    std::pair{"restarts_most", &policy::Settings::restarts_most},
    std::pair{"oom_kills_most", &policy::Settings::oom_kills_most},
    std::pair{"backfill", &policy::Settings::backfill},
    std::pair{"spaced_from", &policy::Settings::spaced_from},
    std::pair{"start_gap", &policy::Settings::start_gap},
    std::pair{"start_gap_of_course", &policy::Settings::start_gap_of_course},
    std::pair{"spare_most", &policy::Settings::spare_most},
    std::pair{"processor_free", &policy::Settings::processor_free},
    std::pair{"processors_from", &policy::Settings::processors_from},
    std::pair{"processors_patience", &policy::Settings::processors_patience},
    std::pair{"processors_all_used", &policy::Settings::processors_all_used},
    std::pair{"processors_waited", &policy::Settings::processors_waited},
    std::pair{"processor_use", &policy::Settings::processor_use},
    std::pair{"stall", &policy::Settings::stall},
    std::pair{"stall_without_room", &policy::Settings::stall_without_room},
    std::pair{"stall_cpu", &policy::Settings::stall_cpu},
    std::pair{"pressure_window", &policy::Settings::pressure_window},
    std::pair{"pressure_full", &policy::Settings::pressure_full},
    std::pair{"pressure_room", &policy::Settings::pressure_room},
    std::pair{"pressure_room_least", &policy::Settings::pressure_room_least},
    std::pair{"pressure_room_most", &policy::Settings::pressure_room_most},
    std::pair{"high_events_per_second", &policy::Settings::high_events_per_second},
    std::pair{"trip_wire", &policy::Settings::trip_wire},
    std::pair{"trip_grain", &policy::Settings::trip_grain},
    std::pair{"sample", &policy::Settings::sample},
    std::pair{"sample_plentiful", &policy::Settings::sample_plentiful},
    std::pair{"tight", &policy::Settings::tight},
    std::pair{"plentiful", &policy::Settings::plentiful}};

/// Whether recordings may lack it, because the policy had no such setting yet when some were made.
constexpr bool came_later(std::string_view name) {
  constexpr std::array<std::string_view, 12> kLater{
      "large_enough", "alike",           "small_of_guess", "guess_of_limit", "guess_fades", "few_in_full",
      "swap_margin",  "reserve_for_few", "spaced_from",    "start_gap",      "spare_most",  "start_gap_of_course"};
  return name.starts_with("reclaim_") || name.starts_with("course") || name.starts_with("processor") ||
         std::ranges::find(kLater, name) != kLater.end();
}

}  // namespace memguard::record
