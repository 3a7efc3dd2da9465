#include "report/pace.h"

#include <algorithm>
#include <unordered_map>

#include "policy/settings.h"

namespace memguard::report {
namespace {

// What changes about one lane at one moment.
struct Event {
  Duration at{};
  std::size_t lane = 0;
  int runs = 0;
  int children = 0;
};

std::vector<Event> events_of(const std::vector<Lane>& lanes) {
  std::unordered_map<std::uint32_t, std::size_t> lane_of_job;
  for (std::size_t i = 0; i < lanes.size(); ++i) lane_of_job.emplace(lanes[i].job->id, i);
  std::vector<Event> events;
  const auto add = [&](const Stretch& time, std::size_t lane, int runs, int children) {
    events.push_back({time.from, lane, runs, children});
    events.push_back({time.to, lane, -runs, -children});
  };
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const auto above = lane_of_job.find(lanes[i].job->above);
    for (const Stretch& stretch : lanes[i].stretches) {
      if (stretch.state == State::runs) add(stretch, i, 1, 0);
      if (above != lane_of_job.end()) add(stretch, above->second, 0, 1);
    }
  }
  std::ranges::stable_sort(events, {}, &Event::at);
  return events;
}

// Calls `turn` with each lane that begins to work or ends to: it runs, and waits for no job that it started.
template <class Turn>
void for_each_turn(const std::vector<Event>& events, std::size_t lanes, Turn turn) {
  std::vector<Event> now(lanes);
  for (const Event& event : events) {
    Event& lane = now[event.lane];
    const auto works = [&] { return lane.runs > 0 && lane.children == 0; };
    const bool before = works();
    lane.runs += event.runs;
    lane.children += event.children;
    if (works() != before) turn(event.lane, works(), seconds(event.at));
  }
}

// How many processors each job wants while it works; 0 of one whose use is not known, or that slept.
std::vector<double> wants_of(const std::vector<Lane>& lanes, const std::vector<Event>& events) {
  std::vector<double> worked(lanes.size());
  for_each_turn(events, lanes.size(),
                [&](std::size_t lane, bool begins, double at) { worked[lane] += begins ? -at : at; });
  std::vector<double> wants;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const double cpu = seconds(lanes[i].job->cpu);
    const bool counts = worked[i] > 0 && cpu >= policy::Settings{}.stall_cpu * worked[i] && cpu > 0;
    wants.push_back(counts ? std::max(1.0, cpu / worked[i]) : 0);
  }
  return wants;
}

}  // namespace

Pace pace_of(const RunReport& run, const std::vector<Lane>& lanes) {
  const auto events = events_of(lanes);
  const auto wants = wants_of(lanes, events);
  double offered = 0;
  double demand = 0;
  double last = 0;
  for_each_turn(events, lanes.size(), [&](std::size_t lane, bool begins, double at) {
    offered += std::min(demand, run.processors) * (at - last);
    demand += begins ? wants[lane] : -wants[lane];
    last = at;
  });
  double used = 0;
  for (std::size_t i = 0; i < lanes.size(); ++i) used += wants[i] > 0 ? seconds(lanes[i].job->cpu) : 0;
  return {.slower = used > 0 ? std::max(1.0, offered / used) : 1, .without_jobs = run.wall - time_with_jobs(lanes)};
}

}  // namespace memguard::report
