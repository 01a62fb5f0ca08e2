#!/usr/bin/env python3
"""Fails if a line of Rust, JavaScript, TypeScript or Markdown is longer than 100 columns.

In Markdown, tables, code fences and lines that are one link are free.
"""

import re
import subprocess
import sys
from pathlib import Path

COLUMNS = 100
KINDS = ("*.rs", "*.js", "*.mjs", "*.ts", "*.tsx", "*.md")
LINK = re.compile(r"(?:[-*]\s+|\[[^\]]+\]:\s*)?(?:<?https?://\S+|\[[^\]]*\]\([^)]*\)[.,]?)$")


def long_lines(path):
    """Yields the number and width of each line that is too long."""
    is_markdown = path.suffix == ".md"
    is_fenced = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.strip()
        if is_markdown and text.startswith(("```", "~~~")):
            is_fenced = not is_fenced
        is_free = is_markdown and (is_fenced or text.startswith("|") or LINK.match(text))
        if len(line) > COLUMNS and not is_free:
            yield number, len(line)


def main(files):
    tracked = files or subprocess.run(
        ["git", "ls-files", *KINDS], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    found = [
        f"{file}:{number}: {width} columns, at most {COLUMNS}"
        for file in tracked
        if Path(file).is_file()
        for number, width in long_lines(Path(file))
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
