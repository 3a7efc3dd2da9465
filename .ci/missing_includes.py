#!/usr/bin/env python3
"""Prints each file that uses a header without including it, itself or by a header of the project.

usage: missing_includes.py FILE...    the C++ files of the repository, from its root

Precompiled headers (cmake/PrecompiledHeaders.cmake) hide a missing include from every compiler that makes them, and so
does what they include: in another version of the standard library that may be less. What is known of each header is
what this project uses of it.
"""
import functools
import pathlib
import re
import sys

# What a file writes that needs the header. fmt::join is in a header of its own since fmt 11.
USES = {
    "algorithm": r"std::(min|max|minmax|clamp|(is_|stable_|partial_)?sort(ed)?|find(_if(_not)?|_end)?|copy(_if|_n)?|"
                 r"fill(_n)?|(all|any|none)_of|count(_if)?|equal|mismatch|search|(lower|upper)_bound|binary_search|"
                 r"remove(_if)?|for_each|transform|replace|reverse|rotate|shuffle|unique|merge|generate|nth_element|"
                 r"(max|min)_element)(<[^()]*>)?\(|"
                 r"std::ranges::(?!greater|less|equal_to|subrange|size|begin|end|empty|data)[a-z_]+\(",
    "chrono": r"std::chrono\b",
    "functional": r"std::(function|greater|less|plus|hash|reference_wrapper|c?ref|invoke|identity|bind_front|"
                  r"ranges::(greater|less|equal_to))\b",
    "array": r"std::array\b",
    "atomic": r"std::atomic\b",
    "cstdint": r"std::u?int(8|16|32|64)_t\b",
    "limits": r"std::numeric_limits\b",
    "map": r"std::(multi)?map\b",
    "set": r"std::(multi)?set\b",
    "span": r"std::span\b",
    "string_view": r"std::string_view\b",
    "tuple": r"std::(tuple|tie|make_tuple)\b",
    "unordered_map": r"std::unordered_map\b",
    "utility": r"std::(pair|exchange|swap|in_place)\b",
    "variant": r"std::(variant|visit|get_if|holds_alternative|monostate)\b",
    "memory": r"std::(unique_ptr|make_unique|shared_ptr|make_shared|weak_ptr)\b",
    "optional": r"std::(optional|nullopt)\b",
    "string": r"std::(string|to_string)\b",
    "vector": r"std::vector\b",
    "fmt/format.h": r"\bfmt::(format|memory_buffer|format_to|to_string|runtime|formatter)\b",
    "fmt/ranges.h": r"\bfmt::join\b",
    "tl/expected.hpp": r"\btl::",
    "gmock/gmock.h": r"\b(EXPECT_THAT|ASSERT_THAT|MOCK_METHOD)\(",
    "gtest/gtest.h": r"\b(TEST|TEST_F|TEST_P|EXPECT_[A-Z]+|ASSERT_[A-Z]+)\(",
}
# Headers that have all of another that is used of it.
ALSO = {"gmock/gmock.h": ["gtest/gtest.h"], "algorithm": ["functional"]}
INCLUDE = re.compile(r'^#include [<"]([^>"]+)[>"]', re.MULTILINE)
NO_CODE = re.compile(r'//.*|"(?:\\.|[^"\\\n])*"')
LISTS = re.compile(r"(?:set\(common_headers|HEADERS \$\{common_headers\}) ([^)]*)\)")


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


def unknown():
    """Precompiled headers of which nothing is known here."""
    lists = " ".join(LISTS.findall(pathlib.Path("cmake/PrecompiledHeaders.cmake").read_text()))
    return [header for header in re.findall(r"<([^>]+)>", lists) if header not in USES]


def main():
    wrong = [f"{path}: <{header}>" for path in map(pathlib.Path, sys.argv[1:]) for header in missing(path)]
    wrong += [f"{sys.argv[0]}: what is used of <{header}>?" for header in unknown()]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
