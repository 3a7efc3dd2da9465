#include "shim/messages.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/io.h"
#include "base/unique_fd.h"

namespace memguard::shim {
namespace {

class MessagesOf : public testing::Test {
 protected:
  // A file without a name: what was passed on can be read back at any time, however much it is.
  UniqueFd file_{::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  Messages messages_{file_.get()};

  std::string passed_on() {
    std::string text;
    std::array<char, 4096> part{};
    ssize_t got = 0;
    while ((got = ::pread(file_.get(), part.data(), part.size(), static_cast<off_t>(text.size()))) > 0) {
      text.append(part.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
};

constexpr auto kArtifact = "{\"$message_type\":\"artifact\",\"artifact\":\"/t/liba.rmeta\",\"emit\":\"metadata\"}\n";
constexpr auto kWarning = "{\"$message_type\":\"diagnostic\",\"message\":\"unused variable\"}\n";
constexpr auto kLinkFailed =
    "{\"$message_type\":\"diagnostic\",\"message\":\"linking with `cc` failed: exit status: 1\",\"code\":null}\n";

TEST_F(MessagesOf, AWholeLineGoesOnAtOnce) {
  messages_.take("one\ntw");
  EXPECT_EQ(passed_on(), "one\n");
  messages_.take("o\nthree");
  EXPECT_EQ(passed_on(), "one\ntwo\n");
  messages_.finish();
  EXPECT_EQ(passed_on(), "one\ntwo\nthree");
}

TEST_F(MessagesOf, BytesStayAsTheyAre) {
  const std::string text("\0\xff\r\n\n\n\x1b[31mred\x1b[0m\nlast", 22);
  for (const char c : text) messages_.take({&c, 1});
  messages_.finish();
  EXPECT_EQ(passed_on(), text);
}

TEST_F(MessagesOf, ALineOfManyMebibytesInSmallPiecesArrives) {
  const std::string piece(1000, 'x');
  std::string text;
  for (int i = 0; i < 8000; ++i) {
    messages_.take(piece);
    text += piece;
  }
  EXPECT_EQ(passed_on(), "");
  messages_.take("\nend\n");
  EXPECT_EQ(passed_on(), text + "\nend\n");
}

TEST_F(MessagesOf, AfterARestartWhatWasPassedOnIsSwallowed) {
  messages_.take(std::string(kWarning) + kArtifact + "cut of");
  messages_.begin_again();
  messages_.take(std::string(kWarning) + kArtifact + "more\n");
  messages_.finish();
  EXPECT_EQ(passed_on(), std::string(kWarning) + kArtifact + "more\n");
}

TEST_F(MessagesOf, ALineThatCameTwiceIsSwallowedTwice) {
  messages_.take("a\na\n");
  messages_.begin_again();
  messages_.take("a\na\na\n");
  EXPECT_EQ(passed_on(), "a\na\na\n");
}

TEST_F(MessagesOf, EachRestartSwallowsAllThatWasEverPassedOn) {
  messages_.take("a\n");
  messages_.begin_again();
  messages_.take("b\n");  // in another order
  messages_.begin_again();
  messages_.take("a\nb\nc\n");
  messages_.begin_again();
  messages_.take("c\nb\na\nd\n");
  EXPECT_EQ(passed_on(), "a\nb\nc\nd\n");
}

TEST_F(MessagesOf, ManyLinesAreTold) {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += std::to_string(i) + "\n";
  messages_.take(text);
  messages_.begin_again();
  messages_.take(text);
  EXPECT_EQ(passed_on(), text);
}

TEST_F(MessagesOf, AFailedLinkIsHeldBackUntilTheEnd) {
  messages_.take(std::string(kArtifact) + kLinkFailed + "aborting\n");
  EXPECT_TRUE(messages_.link_failed());
  EXPECT_EQ(passed_on(), kArtifact);
  messages_.take("more");
  messages_.finish();
  EXPECT_EQ(passed_on(), std::string(kArtifact) + kLinkFailed + "aborting\nmore");
}

TEST_F(MessagesOf, AFailedLinkThatIsRepairedWasNeverSaid) {
  messages_.take(std::string(kArtifact) + kLinkFailed + "abort");
  messages_.begin_again();
  EXPECT_FALSE(messages_.link_failed());
  messages_.take(std::string(kArtifact) + kWarning);
  messages_.finish();
  EXPECT_EQ(passed_on(), std::string(kArtifact) + kWarning);
}

TEST(FailedLink, IsKnownInJsonAndInText) {
  EXPECT_TRUE(tells_of_failed_link(kLinkFailed));
  EXPECT_TRUE(tells_of_failed_link("error: linking with `/usr/bin/cc` failed: signal: 9 (SIGKILL)\n"));
  EXPECT_TRUE(tells_of_failed_link("\x1b[1m\x1b[91merror\x1b[0m\x1b[1m: linking with `cc` failed: exit status: 1\n"));
}

TEST(FailedLink, IsKnownInWhatClangSays) {
  EXPECT_TRUE(tells_of_failed_link("clang: error: unable to execute command: Killed\n"));
  EXPECT_TRUE(
      tells_of_failed_link("clang: \x1b[0;1;31merror: \x1b[0m\x1b[1munable to execute command: Killed\x1b[0m\n"));
  EXPECT_TRUE(tells_of_failed_link("clang: error: linker command failed due to signal (use -v to see invocation)\n"));
  EXPECT_TRUE(tells_of_failed_link("clang++: error: linker command failed with exit code 1 (use -v to see)\n"));
  EXPECT_FALSE(tells_of_failed_link("clang: error: unable to execute command: Segmentation fault\n"));
}

TEST(FailedLink, IsNotWhatOnlySpeaksOfOne) {
  // Of a source text that is shown in a warning.
  EXPECT_FALSE(
      tells_of_failed_link("{\"message\":\"unused\",\"rendered\":\"x = \\\"linking with `cc` failed\\\"\"}\n"));
  EXPECT_FALSE(tells_of_failed_link("warning: linking with `cc` was slow\n"));
  EXPECT_FALSE(tells_of_failed_link("error: aborting due to 1 previous error\n"));
}

}  // namespace
}  // namespace memguard::shim
