#include "report/page_data.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "base/printable.h"
#include "policy/causes.h"
#include "report/json_text.h"
#include "report/names.h"
#include "report/words.h"

namespace memguard::report {
namespace {

constexpr std::size_t kLongestName = 200;
// As many as a wide screen has columns.
constexpr std::size_t kMostSamples = 2000;

std::string mib(Bytes size) {
  if (size.is_unlimited()) return "null";
  return fmt::format("{}", std::round(size.real() / (1 << 20) * 100) / 100);
}
std::string time(Duration time) { return fmt::format("{}", std::round(seconds(time) * 1e4) / 1e4); }

// The positions of the samples that are shown: all, or of each part of the run the one with the most memory.
std::vector<std::size_t> shown_samples(const std::vector<Sample>& samples) {
  std::vector<std::size_t> shown;
  const std::size_t count = std::min(samples.size(), kMostSamples);
  for (std::size_t part = 0; part < count; ++part) {
    const std::size_t from = part * samples.size() / count;
    const std::size_t to = (part + 1) * samples.size() / count;
    std::size_t most = from;
    for (std::size_t i = from; i < to; ++i) most = samples[i].used > samples[most].used ? i : most;
    shown.push_back(most);
  }
  return shown;
}

class PageData {
 public:
  PageData(const RunReport& run, const std::vector<Lane>& lanes)
      : run_(run), lanes_(lanes), shown_(shown_samples(run.timeline.samples)) {
    for (std::size_t i = 0; i < lanes.size(); ++i) position_[lanes[i].job->id] = i;
  }

  std::string text() {
    const std::string jobs = json_list(lanes_, [this](const Lane& lane) { return job(lane); });
    const std::string causes =
        json_list(causes_, [](const std::string& cause) { return json_text(policy::sentence_of(cause)); });
    std::string all = fmt::format(R"({{"run":{{"wall":{}}},"note":{},"samples":{},"memory":{},"causes":{},"jobs":{}}})",
                                  time(run_.wall), json_text(note()), samples(), memory(), causes, jobs);
    for (auto at = all.find('<'); at != std::string::npos; at = all.find('<', at)) all.replace(at, 1, "\\u003c");
    return all;
  }

 private:
  template <class Text>
  std::string column(Text text) const {
    return json_list(shown_, [&](std::size_t i) { return text(run_.timeline.samples[i]); });
  }

  std::string stalls() const {
    std::size_t before = 0;
    return json_list(shown_, [&](std::size_t i) {
      const double part = stalled(run_.timeline.samples[before], run_.timeline.samples[i]);
      before = i;
      return fmt::format("{:.3f}", part);
    });
  }

  std::string samples() const {
    return fmt::format(R"({{"at":{},"used":{},"limit":{},"high":{},"stalled":{}}})",
                       column([](const Sample& sample) { return time(sample.at); }),
                       column([](const Sample& sample) { return mib(sample.used); }),
                       column([](const Sample& sample) { return mib(sample.limit); }),
                       column([](const Sample& sample) { return mib(sample.high); }), stalls());
  }

  // Those of the samples that are shown.
  std::string memory_of(const JobMemory& of) const {
    const auto first = std::ranges::lower_bound(shown_, of.first);
    const auto end = std::ranges::lower_bound(shown_, of.first + of.memory.size());
    if (first == end) return {};
    std::vector<Bytes> memory;
    for (auto at = first; at != end; ++at) memory.push_back(of.memory[*at - of.first]);
    return fmt::format("[{},{},{}]", position_.at(of.job), first - shown_.begin(), json_list(memory, mib));
  }

  // In the order of jobs, which is that in which they are stacked.
  std::string memory() const {
    std::vector<const JobMemory*> of_known;
    for (const JobMemory& of : run_.timeline.memory) {
      if (position_.contains(of.job)) of_known.push_back(&of);
    }
    std::ranges::stable_sort(of_known, {}, [this](const JobMemory* of) { return position_.at(of->job); });
    std::string out;
    for (const JobMemory* of : of_known) {
      const std::string one = memory_of(*of);
      if (!one.empty()) out += (out.empty() ? "" : ",") + one;
    }
    return "[" + out + "]";
  }

  std::size_t number_of(const std::string& cause) {
    const auto found = std::ranges::find(causes_, cause);
    if (found != causes_.end()) return static_cast<std::size_t>(found - causes_.begin());
    causes_.push_back(cause);
    return causes_.size() - 1;
  }

  std::string stretch(const Stretch& part) {
    const std::string begin = fmt::format("[{},{},{}", time(part.from), time(part.to), static_cast<int>(part.state));
    if (part.why == nullptr || part.why->cause.empty()) return begin + ",-1,-1]";
    const Change& why = *part.why;
    const auto other = position_.find(why.for_job);
    const std::string waits_for = other == position_.end() ? "-1" : std::to_string(other->second);
    return begin + fmt::format(",{},{},{},{},{},{},{}]", number_of(why.cause), waits_for, mib(why.used),
                               mib(why.reserved), mib(why.need), mib(why.limit), mib(why.kept_for_text));
  }

  std::string job(const Lane& lane) {
    const JobReport& job = *lane.job;
    return fmt::format("[{},{},{},{},{},{},{},{},{},{},{},{},{},{}]", job.id,
                       json_text(printable(label_of(job), kLongestName)), json_text(printable(job.job_class)),
                       time(job.start), time(end_of(job, run_)), mib(job.peak), mib(job.predicted), time(job.cpu),
                       time(job.held), time(job.frozen), job.restarts,
                       json_text(kOutcomes.at(static_cast<std::size_t>(job.outcome))), lane.guessed ? 1 : 0,
                       json_list(lane.stretches, [this](const Stretch& part) { return stretch(part); }));
  }

  std::string note() const {
    const Timeline& timeline = run_.timeline;
    if (timeline.samples.empty())
      return "This report has no memory over time: it is of an older memguard, or nothing ran.";
    std::string text = fmt::format("A sample every {}", to_text(timeline.step));
    if (shown_.size() < timeline.samples.size())
      text += fmt::format(", {} of {} shown: of each part the one with the most memory", shown_.size(),
                          timeline.samples.size());
    text += ". Jobs below 256 KiB are left out.";
    if (timeline.left_out > 0)
      text += fmt::format(" Of the {} earliest decisions only the number is kept.", timeline.left_out);
    if (run_.earlier_jobs > 0) text += fmt::format(" {} earlier jobs are not shown.", run_.earlier_jobs);
    return text;
  }

  const RunReport& run_;
  const std::vector<Lane>& lanes_;
  std::vector<std::size_t> shown_;
  std::unordered_map<std::uint32_t, std::size_t> position_;
  std::vector<std::string> causes_;
};

}  // namespace

std::string page_data(const RunReport& run, const std::vector<Lane>& lanes) { return PageData(run, lanes).text(); }

}  // namespace memguard::report
