#!/usr/bin/env python3
"""Refuses style sheets of the product that name a left or a right side: pages may run either way."""

import pathlib
import re
import sys

# A property or value with a side, and shorthands of four values whose sides differ.
SIDE = re.compile(r"(?<![-\w])(?:[\w-]+-)?(?:left|right)(?:-[\w-]+)?\s*(?::|;|$)")
FOUR = re.compile(r"^\s*(inset|margin|padding):\s*([^;()]+);")


def faults(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        four = FOUR.match(line)
        values = four.group(2).split() if four else []
        if SIDE.search(line) or (len(values) == 4 and values[1] != values[3]):
            yield f"{path}:{number}: {line.strip()}"


found = [
    fault
    for pattern in ("*.css", "*.css.js")
    for path in sorted(pathlib.Path("web").rglob(pattern))
    for fault in faults(path)
]
print("\n".join(found))
sys.exit(1 if found else 0)
