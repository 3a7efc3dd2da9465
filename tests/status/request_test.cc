#include "status/request.h"

#include <gmock/gmock.h>

namespace memguard::status {
namespace {

using ::testing::HasSubstr;

std::string refused(std::string_view line) {
  const auto request = parse_request(line);
  return request ? "nothing" : request.error().text();
}

TEST(Request, IsReadAsItWasWritten) {
  for (const auto kind : {Request::Kind::status, Request::Kind::let_go, Request::Kind::freeze, Request::Kind::evict,
                          Request::Kind::limit}) {
    const Request request{kind, 4294967295U, Bytes{1234567890123}};
    std::string line = to_line(request);
    ASSERT_EQ(line.back(), '\n');
    line.pop_back();
    const auto read = parse_request(line);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(to_line(*read), to_line(request));
  }
}

TEST(Request, OfAnotherVersionIsRefused) {
  EXPECT_THAT(refused(R"({"version":2,"do":"status"})"), HasSubstr("/version: this memguard speaks version 1"));
  EXPECT_THAT(refused(R"({"do":"status"})"), HasSubstr("/version"));
}

TEST(Request, WhatIsNoneIsRefusedWithItsPlace) {
  EXPECT_THAT(refused(R"({"version":1,"do":"explode"})"), HasSubstr("/do: nothing that can be asked"));
  EXPECT_THAT(refused(R"({"version":1,"do":"freeze"})"), HasSubstr("/job"));
  EXPECT_THAT(refused(R"({"version":1,"do":"freeze","job":-1})"), HasSubstr("/job: -1 is less than 0"));
  EXPECT_THAT(refused(R"({"version":1,"do":"freeze","job":4294967296})"), HasSubstr("/job"));
  EXPECT_THAT(refused(R"({"version":1,"do":"limit","bytes":0})"), HasSubstr("/bytes"));
  EXPECT_THAT(refused(R"({"version":1,"do":"limit","bytes":1e30})"), HasSubstr("/bytes"));
  EXPECT_THAT(refused(R"({"version":1,"do":"status","job":1})"), HasSubstr("/job: unknown key"));
  for (const char* nonsense : {"", "{", "[]", "null", "7", "\"status\"", "\xff\xfe", "status"})
    EXPECT_NE(refused(nonsense), "nothing") << nonsense;
}

TEST(Request, ThatIsFullOfBracketsIsRefused) { EXPECT_NE(refused(std::string(kLongestRequest, '[')), "nothing"); }

TEST(Request, WithEscapeCodesIsRefusedInPrintableWords) {
  const std::string error = refused("{\"version\":1,\"do\":\"status\",\"\\u001b[2J\":1}");
  EXPECT_EQ(error.find('\x1b'), std::string::npos) << error;
}

}  // namespace
}  // namespace memguard::status
