#include "report/trace.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/printable.h"
#include "policy/causes.h"
#include "report/json_text.h"
#include "report/names.h"
#include "report/states.h"

namespace memguard::report {
namespace {

constexpr std::size_t kLongestName = 200;
// Chrome's traces have processes; ours has one for jobs and one for counters, so that each stands alone.
constexpr int kJobs = 1;
constexpr int kMemory = 2;

std::int64_t microseconds(Duration time) { return std::chrono::floor<std::chrono::microseconds>(time).count(); }
double mib(Bytes size) { return size.is_unlimited() ? 0 : size.real() / (1 << 20); }
std::string shown(const JobReport& job) { return printable(label_of(job), kLongestName); }

struct Event {
  std::int64_t at = 0;
  /// What lasts longer comes first, so that others nest in it.
  std::int64_t lasts = 0;
  std::string text;
};

class Trace {
 public:
  Trace(const RunReport& run, const std::vector<Lane>& lanes) : run_(run), lanes_(lanes), slots_(slots_of(run, lanes)) {
    for (std::size_t i = 0; i < lanes.size(); ++i) lane_of_job_[lanes[i].job->id] = i;
  }

  std::string text() {
    add_names();
    for (std::size_t i = 0; i < lanes_.size(); ++i) add_lane(i);
    add_samples();
    std::ranges::stable_sort(
        events_, [](const Event& a, const Event& b) { return a.at != b.at ? a.at < b.at : a.lasts > b.lasts; });
    std::string all = R"({"displayTimeUnit":"ms","traceEvents":[)";
    for (const std::string& one : metadata_) all += (&one == metadata_.data() ? "\n" : ",\n") + one;
    for (const Event& event : events_) all += ",\n" + event.text;
    return all + "\n]}\n";
  }

 private:
  void name(std::string_view what, int process, std::size_t thread, const std::string& text) {
    metadata_.push_back(fmt::format(R"({{"ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":{}}}}})", what, process,
                                    thread, json_text(text)));
  }

  void add_names() {
    name("process_name", kJobs, 0, "jobs");
    name("process_name", kMemory, 0, "memory");
    const std::size_t places = slots_.empty() ? 0 : std::ranges::max(slots_) + 1;
    for (std::size_t i = 0; i < places; ++i) name("thread_name", kJobs, i + 1, fmt::format("place {}", i + 1));
  }

  void add_slice(std::size_t slot, Duration from, Duration to, std::string_view of, const std::string& title,
                 const std::string& arguments) {
    const std::int64_t at = microseconds(from);
    const std::int64_t lasts = microseconds(to) - at;
    events_.push_back(
        {at, lasts,
         fmt::format(R"({{"ph":"X","name":{},"cat":{},"pid":{},"tid":{},"ts":{},"dur":{},"args":{{{}}}}})",
                     json_text(title), json_text(of), kJobs, slot + 1, at, lasts, arguments)});
  }

  void add_lane(std::size_t index) {
    const Lane& lane = lanes_[index];
    const JobReport& job = *lane.job;
    add_slice(slots_[index], job.start, end_of(job, run_), job.job_class, shown(job),
              fmt::format(R"("job":{},"peak MiB":{:.1f},"expected MiB":{:.1f},"CPU seconds":{:.3f},)"
                          R"("times started before":{})",
                          job.id, mib(job.peak), mib(job.predicted), seconds(job.cpu), job.restarts));
    for (const Stretch& stretch : lane.stretches) {
      if (stretch.state != State::runs) add_wait(index, stretch);
    }
  }

  void add_wait(std::size_t index, const Stretch& stretch) {
    std::string arguments;
    if (stretch.why != nullptr && !stretch.why->cause.empty()) {
      const Change& why = *stretch.why;
      arguments = fmt::format(R"("because":{},"used MiB":{:.1f},"kept for programs MiB":{:.1f},"reserved MiB":{:.1f},)"
                              R"("needed MiB":{:.1f},"limit MiB":{:.1f})",
                              json_text(policy::sentence_of(why.cause)), mib(why.used), mib(why.kept_for_text),
                              mib(why.reserved), mib(why.need), mib(why.limit));
    }
    const auto other = stretch.why == nullptr ? lane_of_job_.end() : lane_of_job_.find(stretch.why->for_job);
    if (other != lane_of_job_.end()) {
      arguments += fmt::format(R"(,"for":{})", json_text(shown(*lanes_[other->second].job)));
      add_arrow(other->second, index, stretch.from);
    }
    add_slice(slots_[index], stretch.from, stretch.to, "state", std::string(word_of(stretch.state)), arguments);
  }

  // Ends bind to the slices that are there at that time.
  void add_arrow(std::size_t from, std::size_t to, Duration when) {
    const JobReport& job = *lanes_[from].job;
    if (from == to || job.start > when || end_of(job, run_) <= when) return;
    const std::int64_t at = microseconds(when);
    ++arrows_;
    const auto end = [&](std::string_view phase, std::size_t lane) {
      events_.push_back({at, -1,
                         fmt::format(R"({{"ph":{},"name":"waits for","cat":"wait","id":{},"pid":{},"tid":{},"ts":{}}})",
                                     phase, arrows_, kJobs, slots_[lane] + 1, at)});
    };
    end(R"("s")", from);
    end(R"("f","bp":"e")", to);
  }

  void add_counter(Duration when, std::string_view title, double value) {
    const std::int64_t at = microseconds(when);
    events_.push_back({at, 0,
                       fmt::format(R"({{"ph":"C","name":"{}","pid":{},"tid":0,"ts":{},"args":{{"value":{:.3f}}}}})",
                                   title, kMemory, at, value)});
  }

  void add_samples() {
    const Sample* before = nullptr;
    for (const Sample& sample : run_.timeline.samples) {
      add_counter(sample.at, "used MiB", mib(sample.used));
      if (!sample.limit.is_unlimited()) add_counter(sample.at, "limit MiB", mib(sample.limit));
      if (!sample.high.is_unlimited()) add_counter(sample.at, "memory.high MiB", mib(sample.high));
      if (sample.tokens >= 0) add_counter(sample.at, "free tokens", sample.tokens);
      if (before != nullptr) add_counter(sample.at, "stalled for memory %", 100 * stalled(*before, sample));
      before = &sample;
    }
  }

  const RunReport& run_;
  const std::vector<Lane>& lanes_;
  std::vector<std::size_t> slots_;
  std::unordered_map<std::uint32_t, std::size_t> lane_of_job_;
  std::vector<std::string> metadata_;
  std::vector<Event> events_;
  int arrows_ = 0;
};

}  // namespace

std::string to_trace(const RunReport& run, const std::vector<Lane>& lanes) { return Trace(run, lanes).text(); }

}  // namespace memguard::report
