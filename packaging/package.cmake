# cpack -G DEB. Nothing in it depends on the folder or the time of the build: SOURCE_DATE_EPOCH is the time of all.
set(CPACK_PACKAGE_NAME memguard)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "lets memory-hungry builds finish")
set(CPACK_PACKAGE_DESCRIPTION
  "A build starts one compiler for each processor, and together they may need
more memory than there is. memguard runs the build in a limit of memory,
notices each compiler and linker before its first instruction, and lets
those wait that do not fit. It works with make, ninja, cargo and anything
else that starts programs, without options, privileges or a daemon.")
# Nobody publishes this package yet: who does, names himself.
set(MEMGUARD_PACKAGER "memguard developers <packages@memguard.invalid>" CACHE STRING "Maintainer of packages")
set(CPACK_PACKAGE_CONTACT ${MEMGUARD_PACKAGER})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
  WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL aarch64)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
endif()

string(TIMESTAMP MEMGUARD_DEB_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
string(TIMESTAMP MEMGUARD_YEAR "%Y" UTC)
configure_file(deb/changelog.in ${CMAKE_CURRENT_BINARY_DIR}/deb/changelog @ONLY)
configure_file(deb/copyright.in ${CMAKE_CURRENT_BINARY_DIR}/deb/copyright @ONLY)
set(CPACK_MEMGUARD_DEB ${CMAKE_CURRENT_BINARY_DIR}/deb)
set(CPACK_MEMGUARD_OVERRIDES ${CMAKE_CURRENT_SOURCE_DIR}/deb/lintian-overrides)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/deb/finish.cmake)
include(CPack)
