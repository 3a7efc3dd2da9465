#include "report/pace.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

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

// How long each worked.
std::vector<double> worked_of(const std::vector<Event>& events, std::size_t lanes) {
  std::vector<double> worked(lanes);
  for_each_turn(events, lanes, [&](std::size_t lane, bool begins, double at) { worked[lane] += begins ? -at : at; });
  return worked;
}

// The time of each with all processors that it wanted: what the share that was left to everybody adds up to.
std::vector<double> offered_of(const std::vector<Event>& events, const std::vector<double>& wants, double processors) {
  std::vector<double> offered(wants.size());
  double shares = 0;
  double demand = 0;
  double last = 0;
  for_each_turn(events, wants.size(), [&](std::size_t lane, bool begins, double at) {
    shares += std::min(1.0, processors / std::max(demand, processors)) * (at - last);
    demand += begins ? wants[lane] : -wants[lane];
    last = at;
    offered[lane] += begins ? -shares : shares;
  });
  return offered;
}

}  // namespace

std::vector<Pace> paces_of(const RunReport& run, const std::vector<Lane>& lanes) {
  if (run.processors <= 0) return {};
  const auto events = events_of(lanes);
  const auto worked = worked_of(events, lanes.size());
  const auto cpu = [&](std::size_t lane) { return seconds(lanes[lane].job->cpu); };
  // At first each is taken to want a processor, or as many as it used; then what it used of those it was offered.
  std::vector<double> threads(lanes.size(), 1);
  for (std::size_t i = 0; i < lanes.size(); ++i)
    if (worked[i] > 0) threads[i] = std::max(1.0, cpu(i) / worked[i]);
  auto offered = offered_of(events, threads, run.processors);
  std::vector<double> wants(lanes.size());
  for (std::size_t i = 0; i < lanes.size(); ++i)
    if (offered[i] > 0) wants[i] = std::min(threads[i], cpu(i) / offered[i]);
  offered = offered_of(events, wants, run.processors);
  std::vector<Pace> paces;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const double alone = std::max(offered[i], cpu(i) / threads[i]);
    paces.push_back(cpu(i) > 0 && alone > 0 ? Pace{Duration(std::llround(alone * 1e9)), cpu(i) / alone} : Pace{});
  }
  return paces;
}

}  // namespace memguard::report
