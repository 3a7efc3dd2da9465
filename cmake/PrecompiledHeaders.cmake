# Headers of other projects, already compiled: half of the time that a source takes. Each source still includes what it
# uses: ./dev lint looks (.ci/missing_includes.py).

# memguard_precompiled(NAME FLAGS LIBRARY USES LIBRARIES... HEADERS HEADERS...): what other targets with the same flags
# take by REUSE_FROM NAME.
function(memguard_precompiled name)
  cmake_parse_arguments(PRECOMPILED "" "FLAGS" "USES;HEADERS" ${ARGN})
  set(source ${CMAKE_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(${name} OBJECT ${source})
  target_link_libraries(${name} PRIVATE ${PRECOMPILED_FLAGS} ${PRECOMPILED_USES})
  target_precompile_headers(${name} PRIVATE ${PRECOMPILED_HEADERS})
endfunction()

set(common_headers <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <vector> <fmt/format.h>
  <tl/expected.hpp>)
memguard_precompiled(memguard_headers FLAGS memguard_flags USES fmt::fmt tl::expected HEADERS ${common_headers})
if(MEMGUARD_TESTS)
  memguard_precompiled(memguard_test_headers FLAGS memguard_test_flags USES fmt::fmt tl::expected GTest::gmock
    HEADERS ${common_headers} <gmock/gmock.h> <gtest/gtest.h>)
endif()
