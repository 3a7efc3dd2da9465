// The parts of the page, which CMake makes strings of (cmake/ReportPage.cmake). Internal to report/.
#pragma once

#include <string_view>

namespace memguard::report::page {

/// HTML with places for the others: @style@.
extern const std::string_view kPage;
extern const std::string_view kStyle;
extern const std::string_view kProgram;
/// With its licence; empty where it was not there when memguard was built.
extern const std::string_view kD3;

}  // namespace memguard::report::page
