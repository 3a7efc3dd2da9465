// What the options of a rustc say.
#include "job/profile.h"

#include <gtest/gtest.h>

namespace memguard::job {
namespace {

TEST(Profile, HasAnOptionAsAWholeWord) {
  EXPECT_TRUE(has_option("opt-level=3 codegen-units=1 debuginfo=2", "codegen-units=1"));
  EXPECT_TRUE(has_option("codegen-units=16 codegen-units=1", "codegen-units=1"));
  EXPECT_FALSE(has_option("opt-level=3 codegen-units=16", "codegen-units=1"));
  EXPECT_FALSE(has_option("thin-lto", "lto"));
  EXPECT_FALSE(has_option("", "lto"));
}

TEST(Profile, LtoHasManySpellings) {
  for (const char* option : {"lto", "lto=fat", "lto=yes", "lto=y", "lto=on", "lto=true"})
    EXPECT_TRUE(has_lto(option, false)) << option;
  EXPECT_FALSE(has_lto("lto=thin", false));
  EXPECT_TRUE(has_lto("lto=thin", true));
  for (const char* option : {"lto=off", "lto=no", "lto=false", "opt-level=3"})
    EXPECT_FALSE(has_lto(option, true)) << option;
}

TEST(Profile, ThreadsAreForSeveralUnitsThatAreOptimized) {
  EXPECT_TRUE(has_codegen_threads("opt-level=3 debuginfo=1"));
  EXPECT_TRUE(has_codegen_threads("opt-level=s lto=thin codegen-units=16"));
  EXPECT_FALSE(has_codegen_threads("opt-level=3 codegen-units=1"));
  EXPECT_FALSE(has_codegen_threads("opt-level=3 lto debuginfo=1"));
  EXPECT_FALSE(has_codegen_threads("opt-level=3 emit=metadata"));
  EXPECT_FALSE(has_codegen_threads("opt-level=0"));
  EXPECT_FALSE(has_codegen_threads(""));
}

}  // namespace
}  // namespace memguard::job
