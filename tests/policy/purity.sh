#!/bin/sh
# policy/ is a pure function: its library may call the C++ runtime, libm, fmt and base's units, and nothing that tells
# the time, opens a file or reads the environment; its sources include only base/, themselves and the standard library.
#
#     purity.sh LIBPOLICY.A POLICY_FOLDER
set -eu

library=$1
sources=$2

allowed='^(memguard::|std::|fmt::|__gnu_cxx::|operator (new|delete)|vtable for (std|__cxxabiv1)|typeinfo for std'
allowed="$allowed|__(asan|ubsan|sanitizer|sancov)_|__cxa_|__gxx_personality|_Unwind_|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__dso_handle"
allowed="$allowed|guard variable for |(mem|str)(cpy|move|set|cmp|len|chr)\$|(exp|log|sqrt|pow|fabs|floor|ceil|round)f?\$|abort\$)"
# Of std:: what is a clock, a file, a thread or a random device is not allowed either.
forbidden='std::(chrono::_V2|(basic_)?(if|of|f)stream|basic_filebuf|filesystem|thread|random_device)|std::cout|std::cerr'

status=0
symbols=$(nm -u -C "$library" | awk '/^ +U / { sub(/^ +U /, ""); print }' | sort -u)
if [ -z "$symbols" ]; then
  echo "nm found no symbols in $library"
  exit 1
fi
calls=$(printf '%s\n' "$symbols" | grep -Ev "$allowed" || true)
calls="$calls$(printf '%s\n' "$symbols" | grep -E "$forbidden" || true)"
if [ -n "$calls" ]; then
  printf 'policy calls what a pure function may not:\n%s\n' "$calls"
  status=1
fi

includes=$(grep -hE '^#include' "$sources"/*.h "$sources"/*.cc | grep -Ev '"(base|policy)/[a-z_]+\.h"|<[a-z_]+>|<fmt/format\.h>' || true)
system=$(grep -hoE '^#include <(ctime|fstream|iostream|filesystem|thread|mutex|future|cstdio|random|unistd)[^>]*>' \
  "$sources"/*.h "$sources"/*.cc || true)
if [ -n "$includes$system" ]; then
  printf 'policy includes what it may not:\n%s\n%s\n' "$includes" "$system"
  status=1
fi
exit $status
