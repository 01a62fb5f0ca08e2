"""Checks that the output of `sam build` runs in AWS Lambda: a binary for each function, for the
right processor, that needs no more than the runtime has. AWS deploys a wrong one, and every start
fails.

    python3 tests/gates/binaries.py [.aws-sam/build] [x86_64|arm64]
"""

import os
import re
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The C library of provided.al2023.
GLIBC = (2, 34)
# Processor: e_machine in the ELF header, and the loader.
PROCESSORS = {"x86_64": (62, "/lib64/ld-linux-x86-64.so.2"), "arm64": (183, "/lib/ld-linux-aarch64.so.1")}
# Libraries of provided.al2023 that a Rust program may need.
LIBRARIES = re.compile(r"(lib(c|m|dl|rt|util|pthread|resolv)|libgcc_s|ld-linux-(x86-64|aarch64))\.so\.\d+")
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_STRTAB, DT_VERNEED, DT_VERNEEDNUM = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF
HINT = "Build as docs/deploy.md has it: with cargo-lambda from pip, and without CARGO_LAMBDA_COMPILER."


class Elf:
    """The parts of an ELF file that the loader reads."""

    def __init__(self, data):
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("it is no 64-bit Linux program")
        self.data = data
        self.machine = struct.unpack_from("<H", data, 18)[0]
        (at,) = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        # Type, flags, offset, address, physical address, size in the file, size in memory,
        # alignment.
        self.segments = [struct.unpack_from("<IIQQQQQQ", data, at + n * size) for n in range(count)]
        self.interpreter = next((self.text(one[2]) for one in self.segments if one[0] == PT_INTERP), None)
        dynamic = next((one for one in self.segments if one[0] == PT_DYNAMIC), None)
        self.dynamic = [] if dynamic is None else list(struct.iter_unpack("<QQ", data[dynamic[2] : dynamic[2] + dynamic[5] // 16 * 16]))
        self.strings = self.offset(self.first(DT_STRTAB)) if self.dynamic else 0

    def text(self, offset):
        return self.data[offset : self.data.index(b"\0", offset)].decode()

    def first(self, tag):
        return next((value for found, value in self.dynamic if found == tag), None)

    def offset(self, address):
        for kind, _, offset, start, _, size, *_ in self.segments:
            if kind == PT_LOAD and start <= address < start + size:
                return offset + address - start
        raise ValueError("its dynamic section leads nowhere")

    def needed(self):
        """The libraries that it needs."""
        return [self.text(self.strings + value) for tag, value in self.dynamic if tag == DT_NEEDED]

    def versions(self):
        """The versions of libraries that it needs, as `GLIBC_2.34`."""
        found, count = set(), self.first(DT_VERNEEDNUM) or 0
        at = self.offset(self.first(DT_VERNEED)) if count else 0
        for _ in range(count):
            _, entries, _, aux, following = struct.unpack_from("<HHIII", self.data, at)
            entry = at + aux
            for _ in range(entries):
                _, _, _, name, next_entry = struct.unpack_from("<IHHII", self.data, entry)
                found.add(self.text(self.strings + name))
                entry += next_entry
            at += following
        return found


def too_new(version):
    """Whether provided.al2023 lacks it. Other names of glibc (GLIBC_ABI_DT_RELR, GLIBC_PRIVATE) are
    too new or private."""
    if not version.startswith("GLIBC_"):
        return False
    number = re.fullmatch(r"GLIBC_(\d+(?:\.\d+)*)", version)
    return number is None or tuple(map(int, number[1].split("."))) > GLIBC


def why_not(data, processor):
    """Why this program does not run in Lambda; None if it does."""
    machine, interpreter = PROCESSORS[processor]
    try:
        elf = Elf(data)
        needed, versions = elf.needed(), elf.versions()
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        return f"it cannot be read: {error}"
    if elf.machine != machine:
        names = {one: name for name, (one, _) in PROCESSORS.items()}
        return f"it is for {names.get(elf.machine, f'machine {elf.machine}')}, and {processor} is deployed"
    if elf.interpreter not in (None, interpreter):
        return f"it needs the loader {elf.interpreter}"
    if new := sorted(version for version in versions if too_new(version)):
        return f"it needs {', '.join(new)}, and provided.al2023 has glibc {'.'.join(map(str, GLIBC))}. {HINT}"
    if foreign := [name for name in needed if not LIBRARIES.fullmatch(name)]:
        return f"it needs {', '.join(foreign)}, which provided.al2023 lacks"
    return None


def functions():
    """The functions of the template."""
    return re.findall(r"^  (\w+):\n    Type: AWS::Serverless::Function$", (ROOT / "template.yaml").read_text(), re.MULTILINE)


def problems(build, processor, names):
    """The problems of a folder made by `sam build`."""
    found = []
    for name in names:
        bootstrap = Path(build) / name / "bootstrap"
        if not bootstrap.is_file():
            found.append(f"{name}: there is no {bootstrap}: run sam build")
        elif not os.access(bootstrap, os.X_OK):
            found.append(f"{name}: {bootstrap} is not executable")
        elif why := why_not(bootstrap.read_bytes(), processor):
            found.append(f"{name}: {why}")
    return found if names else ["the template has no functions"]


def main(arguments):
    build = arguments[0] if arguments else ".aws-sam/build"
    processor = arguments[1] if len(arguments) > 1 else "x86_64"
    if len(arguments) > 2 or processor not in PROCESSORS:
        sys.exit(__doc__)
    names = functions()
    found = problems(build, processor, names)
    for problem in found:
        print(f"FAILED: {problem}", file=sys.stderr)
    if not found:
        print(f"ok: {len(names)} functions for {processor}, and none needs more than glibc {'.'.join(map(str, GLIBC))}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
