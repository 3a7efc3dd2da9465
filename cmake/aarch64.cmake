# Cross-compiling for arm64 on Debian, with its libraries from apt (dpkg --add-architecture arm64). What is built is run by
# qemu-user where the build needs that.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
find_program(emulator NAMES qemu-aarch64-static qemu-aarch64)
if(emulator)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator};-L;/usr/aarch64-linux-gnu)
endif()
