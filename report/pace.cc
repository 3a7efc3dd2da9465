#include "report/pace.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace memguard::report {
namespace {

// What changes about one lane at one moment.
struct Event {
  Duration at{};
  std::size_t lane = 0;
  int runs = 0;
  int there = 0;
  int children = 0;
};

std::vector<Event> events_of(const std::vector<Lane>& lanes) {
  std::unordered_map<std::uint32_t, std::size_t> lane_of_job;
  for (std::size_t i = 0; i < lanes.size(); ++i) lane_of_job.emplace(lanes[i].job->id, i);
  std::vector<Event> events;
  const auto add = [&](const Stretch& time, Event begins) {
    begins.at = time.from;
    events.push_back(begins);
    events.push_back({time.to, begins.lane, -begins.runs, -begins.there, -begins.children});
  };
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const auto above = lane_of_job.find(lanes[i].job->above);
    for (const Stretch& stretch : lanes[i].stretches) {
      add(stretch, {.lane = i, .runs = stretch.state == State::runs ? 1 : 0, .there = 1});
      if (above != lane_of_job.end()) add(stretch, {.lane = above->second, .children = 1});
    }
  }
  std::ranges::stable_sort(events, {}, &Event::at);
  return events;
}

// How many processors a job wants while it runs.
double threads_of(const Lane& lane) {
  Duration ran{};
  for (const Stretch& stretch : lane.stretches) {
    if (stretch.state == State::runs) ran += stretch.to - stretch.from;
  }
  return ran > Duration{} ? std::max(1.0, seconds(lane.job->cpu) / seconds(ran)) : 1;
}

struct Sums {
  double offered = 0;
  Duration without_jobs{};
};

Sums sums_of(const RunReport& run, const std::vector<Lane>& lanes) {
  std::vector<double> threads;
  std::ranges::transform(lanes, std::back_inserter(threads), threads_of);
  std::vector<Event> now(lanes.size());
  const auto wants = [&](std::size_t lane) {
    return now[lane].runs > 0 && now[lane].children == 0 ? threads[lane] : 0;
  };
  Sums sums;
  Duration at{};
  double demand = 0;
  int there = 0;
  for (const Event& event : events_of(lanes)) {
    sums.offered += std::min(demand, run.processors) * seconds(event.at - at);
    if (there == 0) sums.without_jobs += event.at - at;
    at = event.at;
    demand -= wants(event.lane);
    now[event.lane].runs += event.runs;
    now[event.lane].children += event.children;
    demand += wants(event.lane);
    there += event.there;
  }
  sums.without_jobs += std::max(run.wall - at, Duration{});
  return sums;
}

}  // namespace

Pace pace_of(const RunReport& run, const std::vector<Lane>& lanes) {
  double used = 0;
  for (const Lane& lane : lanes) used += seconds(lane.job->cpu);
  const Sums sums = sums_of(run, lanes);
  return {.slower = used > 0 ? std::max(1.0, sums.offered / used) : 1, .without_jobs = sums.without_jobs};
}

}  // namespace memguard::report
