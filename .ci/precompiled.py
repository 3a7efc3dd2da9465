#!/usr/bin/env python3
"""Prints each file that uses a precompiled header without including it, itself or by a header of the project.

usage: precompiled.py FILE...    the C++ files of the repository, from its root

Precompiled headers (cmake/PrecompiledHeaders.cmake) hide a missing include from every compiler here, not from one that
builds without them.
"""
import functools
import pathlib
import re
import sys

# What a file writes that needs the header.
USES = {
    "algorithm": r"std::(min|max|minmax|clamp|sort|stable_sort|find|find_if|copy|fill|all_of|any_of|none_of|count|"
                 r"count_if|equal|lower_bound|upper_bound|remove_if|transform|reverse|unique|max_element|"
                 r"min_element)\(|std::ranges::(?!greater|less|equal_to|subrange|size|begin|end|empty|data)[a-z_]+\(",
    "chrono": r"std::chrono\b",
    "functional": r"std::(function|greater|less|plus|hash|reference_wrapper|ranges::(greater|less|equal_to))\b",
    "map": r"std::(multi)?map\b",
    "memory": r"std::(unique_ptr|make_unique|shared_ptr|make_shared|weak_ptr)\b",
    "optional": r"std::(optional|nullopt)\b",
    "string": r"std::(string|to_string)\b",
    "vector": r"std::vector\b",
    "fmt/format.h": r"\bfmt::(format|memory_buffer|format_to|join|to_string|runtime|formatter)\b",
    "tl/expected.hpp": r"\btl::",
    "gmock/gmock.h": r"\b(EXPECT_THAT|ASSERT_THAT|MOCK_METHOD)\(",
    "gtest/gtest.h": r"\b(TEST|TEST_F|TEST_P|EXPECT_[A-Z]+|ASSERT_[A-Z]+)\(",
}
# Headers that have all of another.
ALSO = {"gmock/gmock.h": ["gtest/gtest.h"], "algorithm": ["functional"]}
INCLUDE = re.compile(r'^#include [<"]([^>"]+)[>"]', re.MULTILINE)
NO_CODE = re.compile(r'//.*|"(?:\\.|[^"\\\n])*"')


@functools.lru_cache(None)
def included(path):
    """The headers of others that a file includes, itself or by headers of the project."""
    headers = set()
    for name in INCLUDE.findall(path.read_text()):
        own = next((file for file in (pathlib.Path(name), path.parent / name, pathlib.Path("tests/support", name))
                    if file.is_file()), None)
        headers |= included(own) if own else {name, *ALSO.get(name, [])}
    return headers


def missing(path):
    code = NO_CODE.sub("", path.read_text())
    return [header for header, use in USES.items() if re.search(use, code) and header not in included(path)]


def main():
    wrong = [f"{path}: <{header}>" for path in map(pathlib.Path, sys.argv[1:]) for header in missing(path)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
