"""Tests binaries.py with programs built here byte by byte: it refuses those that Lambda cannot run.

    python3 tests/gates/test_binaries.py
"""

import struct
import tempfile
import unittest
from pathlib import Path

from binaries import PROCESSORS, functions, main, problems, why_not


def program(machine=62, loader="/lib64/ld-linux-x86-64.so.2", libraries=("libc.so.6",), versions=("GLIBC_2.34",)):
    """A program that needs these versions of its first library: the parts that a loader reads.
    Addresses are offsets."""
    strings, places = b"\0", {}
    for text in (*libraries, *versions):
        places[text] = len(strings)
        strings += text.encode() + b"\0"
    interpreter = loader.encode() + b"\0"
    headers = 64 + 3 * 56
    at_strings = headers + len(interpreter)
    at_versions = at_strings + len(strings)
    wanted = struct.pack("<HHIII", 1, len(versions), places[libraries[0]], 16, 0) if versions else b""
    for number, version in enumerate(versions):
        wanted += struct.pack("<IHHII", 0, 0, 2, places[version], 16 if number + 1 < len(versions) else 0)
    at_dynamic = at_versions + len(wanted)
    dynamic = b"".join(struct.pack("<QQ", 1, places[library]) for library in libraries) + struct.pack("<QQ", 5, at_strings)
    if versions:
        dynamic += struct.pack("<QQQQ", 0x6FFFFFFE, at_versions, 0x6FFFFFFF, 1)
    dynamic += bytes(16)
    whole = at_dynamic + len(dynamic)
    elf = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 3, 0, 0, 0)
    for kind, offset, size in ((3, headers, len(interpreter)), (1, 0, whole), (2, at_dynamic, len(dynamic))):
        elf += struct.pack("<IIQQQQQQ", kind, 4, offset, offset, offset, size, size, 1)
    return elf + interpreter + strings + wanted + dynamic


class Binaries(unittest.TestCase):
    def test_accepts_programs_that_run(self):
        for good in (
            program(),
            program(versions=()),
            program(versions=("GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_2.34")),
            program(libraries=("libc.so.6", "libgcc_s.so.1", "libm.so.6", "ld-linux-x86-64.so.2"), versions=("GLIBC_2.17", "GCC_4.2.0")),
        ):
            self.assertIsNone(why_not(good, "x86_64"))
        self.assertIsNone(why_not(program(183, PROCESSORS["arm64"][1]), "arm64"))

    def test_refuses_programs_that_do_not_run(self):
        for what, broken in {
            "GLIBC_2.38": program(versions=("GLIBC_2.17", "GLIBC_2.38")),
            "GLIBC_2.35": program(versions=("GLIBC_2.35",)),
            "GLIBC_2.100": program(versions=("GLIBC_2.100",)),
            "GLIBC_3.0": program(versions=("GLIBC_3.0",)),
            "GLIBC_ABI_DT_RELR": program(versions=("GLIBC_ABI_DT_RELR", "GLIBC_2.34")),
            "GLIBC_PRIVATE": program(versions=("GLIBC_PRIVATE",)),
            "is for arm64": program(183, PROCESSORS["arm64"][1]),
            "machine 243": program(243),
            "loader": program(loader="/lib/ld-musl-x86_64.so.1"),
            "libssl.so.3": program(libraries=("libc.so.6", "libssl.so.3")),
            "no 64-bit": b"#!/bin/sh\n",
            "cannot be read": program()[:100],
        }.items():
            self.assertIn(what, why_not(broken, "x86_64") or "", what)
        self.assertIn("is for x86_64", why_not(program(), "arm64"))

    def test_requires_a_program_for_each_function(self):
        self.assertTrue({"StoreFunction", "AdminFunction", "WebFunction", "RealtimeFunction", "FeedbackFunction"} <= set(functions()))
        with tempfile.TemporaryDirectory() as build:
            self.assertEqual(len(problems(build, "x86_64", ["One", "Two"])), 2)
            for name in ("One", "Two"):
                (Path(build) / name).mkdir()
                (Path(build) / name / "bootstrap").write_bytes(program())
            self.assertIn("not executable", problems(build, "x86_64", ["One"])[0])
            (Path(build) / "One" / "bootstrap").chmod(0o755)
            self.assertEqual(problems(build, "x86_64", ["One"]), [])
            self.assertEqual(len(problems(build, "x86_64", ["One", "Two"])), 1)
            self.assertEqual(problems(build, "x86_64", []), ["the template has no functions"])
            self.assertEqual(main([build]), 1)


if __name__ == "__main__":
    unittest.main()
