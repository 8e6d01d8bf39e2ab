# SPDX-License-Identifier: Apache-2.0
"""The same pass interpreted, in the same guarded memory, guided by coverage (atheris).

``python -m tests.fuzz.interpreted [libFuzzer options]``, for example ``-max_total_time=600`` or ``-runs=2000 -seed=1``.
Compiled code tells atheris nothing; here its Python source runs, with loads and stores by ctypes.
"""

from __future__ import annotations

import ctypes
import os
import sys
from random import Random

os.environ["NUMBA_DISABLE_JIT"] = "1"

import atheris

with atheris.instrument_imports(include=["probes.network.capture"], exclude=["probes.network.capture.memory"]):
    from probes.network.capture import headers, memory, pairing, payload, scan

from tests.fuzz.captures import WANTED, Harness
from tests.fuzz.grammar import capture, damaged


def _loader(bits: int, swapped: bool):
    """As ``memory``'s intrinsic of that width."""

    def load(at: int) -> int:
        raw = ctypes.string_at(at, bits // 8)
        return int.from_bytes(raw, "big" if swapped else "little", signed=bits == 64)

    return load


def _get(base: int, index: int) -> int:
    return ctypes.c_int64.from_address(base + 8 * index).value


def _put(base: int, index: int, value: int) -> int:
    ctypes.c_int64.from_address(base + 8 * index).value = value
    return 0


def _mark(at: int, value: int) -> int:
    ctypes.c_uint8.from_address(at).value = value & 0xFF
    return 0


LOADS = {
    "byte": _loader(8, swapped=False),
    "u16": _loader(16, swapped=True),
    "u32": _loader(32, swapped=True),
    "u64": _loader(64, swapped=True),
    "little16": _loader(16, swapped=False),
    "little32": _loader(32, swapped=False),
    "get": _get,
    "put": _put,
    "mark": _mark,
    "prefetch": lambda _address: 0,
}


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """A new capture of the grammar, a damaged one, or what libFuzzer makes of it; the first byte says what to pair and in which pieces."""
    r = Random(seed)
    choice = r.randrange(4)
    if len(data) < 2 or choice == 0:
        made = capture(r)
    elif choice == 1:
        made = damaged(r, data[1:])
    else:
        made = atheris.Mutate(data[1:], most - 1)
    return bytes([r.randrange(256)]) + made[: most - 1]


def main() -> None:
    """Hand over to libFuzzer."""
    for module in (headers, memory, pairing, payload, scan):
        for name, load in LOADS.items():
            if hasattr(module, name):
                setattr(module, name, load)
    harness = Harness()

    def one(data: bytes) -> None:
        if data:
            harness.one(
                data[1:], WANTED[data[0] & 3], (1 << 18, 700, 61, 1 << 18)[data[0] >> 2 & 3], at_end=data[0] < 128
            )

    atheris.Setup([*sys.argv, "-max_len=8192", "-detect_leaks=0"], one, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
