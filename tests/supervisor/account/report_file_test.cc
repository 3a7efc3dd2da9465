// Files of reports and metrics that cannot be written, by who asked for them.
#include "supervisor/account/report_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/whole_file.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using File = config::Setting<std::optional<std::string>>;

class ReportFiles : public testing::Test {
 protected:
  [[nodiscard]] File missing(const std::string& origin) const { return {folder_.in("missing/run"), origin}; }
  [[nodiscard]] File fine(const std::string& origin) const { return {folder_.in("run"), origin}; }
  [[nodiscard]] std::string refusal() const {
    const Status checked = check_report_file(config_);
    return checked ? "" : checked.error().text();
  }

  TemporaryFolder folder_;
  config::Config config_;
};

TEST_F(ReportFiles, ThatNobodyAskedForAreFine) { EXPECT_EQ(refusal(), ""); }

TEST_F(ReportFiles, ThatCanBeWrittenAreFine) {
  config_.json = fine("--json");
  config_.metrics = fine("MEMGUARD_METRICS");
  EXPECT_EQ(refusal(), "");
}

TEST_F(ReportFiles, AreNotMadeYet) {
  config_.json = fine("--json");
  EXPECT_EQ(refusal(), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(ReportFiles, KeepWhatIsInThem) {
  config_.json = fine("--json");
  std::ofstream(*config_.json.value) << "old";
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(read_whole(*config_.json.value).value_or("gone"), "old");
}

TEST_F(ReportFiles, OfAnOptionAreRefusedWithItsName) {
  config_.json = missing("--json");
  EXPECT_EQ(refusal(), "--json: write " + *config_.json.value +
                           ": No such file or directory. The folder must exist and be writable.");
}

TEST_F(ReportFiles, OfAVariableAreRefusedWithItsName) {
  config_.json = missing("MEMGUARD_JSON");
  EXPECT_THAT(refusal(), StartsWith("MEMGUARD_JSON: write "));
}

TEST_F(ReportFiles, AreRefusedForMetricsToo) {
  config_.json = fine("--json");
  config_.metrics = missing("--metrics");
  EXPECT_THAT(refusal(), StartsWith("--metrics: write "));
}

TEST_F(ReportFiles, OfAFileOrAManifestKeepNoBuildFromRunning) {
  for (const char* origin : {"~/.config/memguard/config.json", "memguard.json", "Cargo.toml", config::kBuiltIn}) {
    config_.json = missing(origin);
    config_.metrics = missing(origin);
    EXPECT_EQ(refusal(), "") << origin;
  }
}

TEST_F(ReportFiles, OfAnOptionAreCheckedBesideThoseOfAFile) {
  config_.json = missing("memguard.json");
  config_.metrics = missing("--metrics");
  EXPECT_THAT(refusal(), StartsWith("--metrics: write "));
}

TEST_F(ReportFiles, AreNoFolders) {
  config_.json = {folder_.path(), "--json"};
  EXPECT_THAT(refusal(), AllOf(StartsWith("--json: write "), HasSubstr("Is a directory. Name a file.")));
}

TEST_F(ReportFiles, ThatAreNoneOfOurDescriptorsAreRefused) {
  config_.metrics = {"/dev/fd/987654", "--metrics"};
  EXPECT_THAT(refusal(), AllOf(StartsWith("--metrics: write "), HasSubstr("It is not open for writing.")));
}

}  // namespace
}  // namespace memguard::supervisor
