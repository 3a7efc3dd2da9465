// hog: uses memory along a curve, the way a compiler does.
//
//   hog [--share PART] [--scale PART] [--ramp SIZE:TIME] [--hold TIME] [--wait TIME] [--until FILE]
//       [--catch-int STATUS] [--crate-name NAME] [--source FILE] [-o FILE]...
//
// The steps in their order; SIZE 400MiB, TIME 8s or 0.25s. --ramp grows to SIZE evenly over TIME, or keeps what it has
// where that is more, --hold computes, --wait sleeps. The first two count processor time, so a hog that is frozen or
// throttled goes on where it was. With --share 0.05 before them they compute for 5 % of their time and sleep for the
// rest, so that many can be acted on few processors; what they miss while they are stopped they still have to do.
// --scale 0.125 makes sizes an eighth.
// --until computes a little, again and again, until FILE exists. --catch-int makes SIGINT print "got SIGINT" and exit
// with STATUS: rustc has such a handler. --crate-name and --source are for who reads the arguments. -o makes FILE, as a
// linker would.
// At its end it prints "done N MiB".
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;

[[noreturn]] void usage() {
  std::fputs(
      "usage: hog [--share PART] [--scale PART] [--ramp SIZE:TIME] [--hold TIME] [--wait TIME] [--until FILE]\n"
      "           [--catch-int STATUS] [--crate-name NAME] [--source FILE] [-o FILE]...\n"
      "SIZE 400MiB, TIME 8s or 0.25s\n",
      stderr);
  std::exit(2);
}

/// The number in front of `unit`.
double number(const std::string& text, std::string_view unit) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return end != text.c_str() && end == unit && value >= 0 ? value : (usage(), 0);
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Asking for the time is a system call: mostly computes in between.
void compute_until(double instant) {
  while (processor_seconds() < instant) {
    for (volatile unsigned spins = 0; spins < 100'000;) spins = spins + 1;
  }
}

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of the time that work takes, the part for which a processor is used.
double share = 1;
/// Of all sizes.
double scale = 1;
/// Seconds of work that are done, where `share` is less than all.
double acted = 0;

/// A stop of any length counts as little: who was stopped has not worked. Computes by the time that passes, because
/// some kernels count processor time in steps of 10 ms.
void act_a_little() {
  constexpr double kTick = 0.02;
  const double begin = monotonic_seconds();
  for (volatile unsigned spins = 0; monotonic_seconds() < begin + share * kTick;) spins = spins + 1;
  std::this_thread::sleep_for(std::chrono::duration<double>((1 - share) * kTick));
  acted += std::min(monotonic_seconds() - begin, 2 * kTick);
}

double worked_seconds() { return share < 1 ? acted : processor_seconds(); }

void work_until(double instant) {
  if (share == 1) return compute_until(instant);
  while (acted < instant) act_a_little();
}

/// Takes one MiB and fills it with noise: zram and KSM make nothing of equal pages.
void take_mebibyte() {
  static std::uint64_t noise = 1;
  void* taken = mmap(nullptr, kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (taken == MAP_FAILED) std::exit((std::perror("hog: mmap"), 1));
  auto* words = static_cast<std::uint64_t*>(taken);
  for (std::size_t i = 0; i < kMiB / sizeof(*words); ++i) words[i] = noise = noise * 6364136223846793005U + 1;
}

void ramp(const std::string& step, int& held) {
  const auto colon = step.find(':');
  const double target = scale * number(step.substr(0, colon), "MiB");
  if (colon == std::string::npos) usage();
  const double seconds = number(step.substr(colon + 1), "s");
  if (target <= held) return work_until(worked_seconds() + seconds);
  const double each = seconds / (target - held);
  for (double next = worked_seconds() + each; held < target; ++held, next += each) {
    take_mebibyte();
    work_until(next);
  }
}

/// Some percent of a processor: enough not to look stuck, too little to hinder others.
void compute_until_exists(const std::string& file) {
  while (access(file.c_str(), F_OK) != 0) {
    compute_until(processor_seconds() + 0.001);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

volatile sig_atomic_t status_on_int = 0;

void on_int(int /*signal*/) {
  constexpr std::string_view kSaid = "got SIGINT\n";
  _exit(write(STDOUT_FILENO, kSaid.data(), kSaid.size()) < 0 ? 1 : status_on_int);
}

void catch_int(int status) {
  status_on_int = status;
  struct sigaction action {};
  action.sa_handler = on_int;
  if (sigaction(SIGINT, &action, nullptr) != 0) std::exit((std::perror("hog: sigaction"), 1));
}

}  // namespace

int main(int argc, char** argv) {
  int held = 0;
  if (argc % 2 == 0) usage();
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    const std::string value = argv[i + 1];
    if (option == "--ramp")
      ramp(value, held);
    else if (option == "--hold")
      work_until(worked_seconds() + number(value, "s"));
    else if (option == "--share")
      share = number(value, "");
    else if (option == "--scale")
      scale = number(value, "");
    else if (option == "--crate-name" || option == "--source")
      continue;  // told to memguard
    else if (option == "-o")
      std::ofstream{value} << "made\n";
    else if (option == "--wait")
      std::this_thread::sleep_for(std::chrono::duration<double>(number(value, "s")));
    else if (option == "--until")
      compute_until_exists(value);
    else if (option == "--catch-int")
      catch_int(std::stoi(value));
    else
      usage();
  }
  std::printf("done %d MiB\n", held);
}
