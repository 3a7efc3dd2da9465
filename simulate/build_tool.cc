#include "simulate/build_tool.h"

#include <algorithm>

#include "simulate/curve.h"

namespace memguard::simulate {

BuildTool::BuildTool(State& state)
    : state_(state), dependents_(dependents_of(state.tasks)), blockers_(state.tasks.size()) {
  for (std::size_t i = 0; i < state.tasks.size(); ++i) {
    blockers_[i] = state.tasks[i].after.size();
    if (blockers_[i] == 0 && !state.tasks[i].parent) ready_.insert({-state.tasks[i].priority, i});
  }
}

void BuildTool::start_tasks() {
  auto& families = state_.families;
  while (!ready_.empty() && unfinished_ < tokens()) {
    const std::size_t task = ready_.begin()->second;
    ready_.erase(ready_.begin());
    ++unfinished_;
    families.emplace_back().root = task;
    start(task, FamilyId{static_cast<std::uint32_t>(families.size() - 1)}, {});
  }
  for (std::size_t i = 0; i < families.size(); ++i) {
    if (!families[i].back_at || *families[i].back_at > state_.now) continue;
    families[i].back_at.reset();
    start(families[i].root, FamilyId{static_cast<std::uint32_t>(i)}, {});
  }
  for (std::size_t i = 0; i < state_.live.size(); ++i) start_children(i);
}

int BuildTool::tokens() const {
  return state_.governed && state_.machine.jobserver ? tokens_.in_circulation() : state_.machine.tokens;
}

policy::Tokens BuildTool::look_at_tokens() const {
  std::set<FamilyId> stopped;
  for (const Live& job : state_.live) {
    if (job.held || job.state == JobState::frozen) stopped.insert(job.family);
  }
  return tokens_.look(state_.machine.tokens, unfinished_, static_cast<int>(stopped.size()));
}

void BuildTool::spare(int tokens) {
  tokens_.spare(tokens, unfinished_);
  if (!ready_.empty()) sees_tokens_at_ = state_.now + TokenBox::kToolDelay;
}

void BuildTool::start_children(std::size_t parent) {
  auto& live = state_.live;
  for (const std::size_t child : state_.children[live[parent].task]) {
    if (state_.fate[child] != Fate::not_started) continue;
    if (live[parent].progress < state_.tasks[child].parent_progress) continue;
    if (live[parent].state == JobState::waiting) continue;
    ++live[parent].children;
    start(child, live[parent].family, live[parent].id);
  }
}

void BuildTool::start(std::size_t task, FamilyId family, std::optional<JobId> above) {
  state_.fate[task] = Fate::live;
  Live job;
  job.task = task;
  job.id = JobId{jobs_++};
  job.family = family;
  job.above = above;
  if (state_.family_of(family).restarts() > 0) job.factor = state_.tasks[task].restart_factor;
  if (!state_.governed) state_.let_run(job);
  state_.live.push_back(job);
  state_.event = true;
}

void BuildTool::end_finished() {
  for (std::size_t i = state_.live.size(); i-- > 0;) {
    const Live& job = state_.live[i];
    const auto runs = [&](std::size_t child) { return !state_.over(child); };
    const bool waits = std::ranges::any_of(state_.children[job.task], runs);
    if (job.progress >= 1 && !waits) finish(i);
  }
}

void BuildTool::finish(std::size_t index) {
  const Live job = state_.remove(index, true);
  state_.fate[job.task] = Fate::ended;
  if (const auto parent = state_.task_of(job).parent) {
    const auto of = std::ranges::find(state_.live, *parent, &Live::task);
    if (of != state_.live.end()) --of->children;
  } else {
    close(job.family);
  }
}

void BuildTool::close(FamilyId id) {
  Family& family = state_.family_of(id);
  family.over = true;
  --unfinished_;
  for (const std::size_t dependent : dependents_[family.root]) {
    if (--blockers_[dependent] == 0) ready_.insert({-state_.tasks[dependent].priority, dependent});
  }
}

}  // namespace memguard::simulate
