# Warnings, sanitizers, and one library per folder whose include path shows only the folders it may use.
include(CheckLinkerFlag)

add_library(memguard_checks INTERFACE)
target_compile_options(memguard_checks INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wdeprecated-copy-dtor
  # GCC 12 sees copies in std::string at -O3 that overlap or go too far, and do not (GCC bug 105651), most of them with
  # precompiled headers. ASan sees those that do.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow>"
  # Clang 14 takes each defaulted operator<=> for such a zero.
  $<$<CXX_COMPILER_ID:GNU>:-Wzero-as-null-pointer-constant>
  $<$<CXX_COMPILER_ID:Clang>:-Wreserved-identifier>)
if(MEMGUARD_SANITIZE)
  target_compile_options(memguard_checks INTERFACE -fsanitize=${MEMGUARD_SANITIZE} -fno-sanitize-recover=all
                                                   -fno-omit-frame-pointer)
  target_link_options(memguard_checks INTERFACE -fsanitize=${MEMGUARD_SANITIZE})
  # Programs with sanitizers have 130 MiB, which lld links in a sixth of the time.
  check_linker_flag(CXX -fuse-ld=lld MEMGUARD_HAS_LLD)
  if(MEMGUARD_HAS_LLD)
    target_link_options(memguard_checks INTERFACE -fuse-ld=lld)
  endif()
endif()

add_library(memguard_flags INTERFACE)
target_link_libraries(memguard_flags INTERFACE memguard_checks)
if(MEMGUARD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR NOT MEMGUARD_SANITIZE MATCHES "address")
    message(FATAL_ERROR "MEMGUARD_FUZZ needs Clang, and MEMGUARD_SANITIZE with address: see preset fuzz")
  endif()
  target_compile_options(memguard_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What is fast is in the libraries, and so is what a fuzzer follows; tests are compiled in half the time so.
add_library(memguard_test_flags INTERFACE)
target_link_libraries(memguard_test_flags INTERFACE memguard_checks)
target_compile_options(memguard_test_flags INTERFACE $<$<CONFIG:Release>:-O1>)

# memguard_layer(NAME SOURCES... USES LIBRARIES...): the library of folder NAME. Headers are included as "NAME/x.h"; a
# folder not listed under USES (directly or through one that is) is not on the include path, so nothing looks upward.
function(memguard_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(${name} STATIC ${LAYER_SOURCES})
  set(view ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${view}/${name} SYMBOLIC)
  target_include_directories(${name} PUBLIC ${view})
  target_link_libraries(${name} PUBLIC ${LAYER_USES} PRIVATE memguard_flags ${LAYER_PRIVATE_USES})
  target_precompile_headers(${name} REUSE_FROM memguard_headers)
endfunction()

# memguard_test(NAME SOURCES... USES LIBRARIES... LABELS LABELS...): one GoogleTest program; each TEST becomes a ctest.
# What tests of several folders share is in tests/support. `optimized` labels what takes minutes with sanitizers.
function(memguard_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;USES;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
  target_link_libraries(${name} PRIVATE ${TEST_USES} memguard_test_flags GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM memguard_test_headers)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${TEST_LABELS}")
endfunction()
