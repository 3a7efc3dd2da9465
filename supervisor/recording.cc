#include "supervisor/recording.h"

#include <utility>

#include "base/say.h"
#include "record/recorder.h"

namespace memguard::supervisor {
namespace {

// Half a minute of a large build: whoever falls so far behind will not catch up.
constexpr int kMostWaiting = 500;

}  // namespace

Result<std::unique_ptr<Recording>> Recording::begin(int fd, const policy::Settings& settings) {
  auto worker = Worker::start();
  if (!worker) return pass(std::move(worker.error()), "record");
  std::unique_ptr<Recording> recording(new Recording(fd, std::move(*worker)));
  const bool restarted = record::has_lines(fd);
  // The line that the dead one was writing may have no end.
  std::string header = (restarted ? "\n" : "") + record::to_text(record::Began{settings, restarted});
  recording->post([header = std::move(header)] { return header; });
  return recording;
}

Recording::~Recording() {
  worker_.reset();
  if (failed_) stop();
}

void Recording::learned(const record::Learned& learned) {
  post([learned] { return record::to_text(learned); });
}

void Recording::stepped(policy::Observation&& seen, policy::Decision&& decision) {
  post([seen = std::move(seen), decision = std::move(decision)] { return record::to_text(seen, decision); });
}

void Recording::post(std::function<std::string()> line) {
  if (stopped_ || too_slow_) return;
  if (++waiting_ > kMostWaiting) too_slow_ = true;
  worker_->post([this, line = std::move(line)] { return write(line); });
}

Worker::Completion Recording::write(const std::function<std::string()>& line) {
  --waiting_;
  if (failed_) return {};
  const Status written = too_slow_ ? fail("the file is written to too slowly") : record::append(fd_, line());
  if (written) return {};
  why_ = written.error().text();
  failed_ = true;
  return [this] { stop(); };
}

void Recording::stop() {
  if (!std::exchange(stopped_, true)) say_at_once("the recording ends: " + why_);
}

}  // namespace memguard::supervisor
