# SPDX-License-Identifier: Apache-2.0
"""No kernel looks beyond the padding: the page behind it may not be touched, or the child process dies."""

from __future__ import annotations

import ctypes
import mmap
import subprocess
import sys
from pathlib import Path

import numpy as np

from probes.gnss.formats import fields, kernel, segments
from probes.gnss.simulators.receiver import sealed
from tests.probes.gnss.instruments.test_defects import MAKERS, damaged_log

ROOT = Path(__file__).resolve().parents[4]
SHORT = tuple(
    sealed(f"GN{kind}{rest}") + end
    for kind in ("GGA", "RMC", "ZDA", "GSA", "GNS", "GST", "GSV")
    for rest in ("", ",", ",1", ",120000", ",120000.00", ",120000.00,,,,", "," * 20, ",A,3" + ",01" * 12)
    for end in (b"", b"\r\n")
)


class Guarded:
    """Memory that ends where a page begins that nobody may touch."""

    def __init__(self, size: int) -> None:
        pages = -(-size // mmap.PAGESIZE) + 1
        self._map = mmap.mmap(-1, pages * mmap.PAGESIZE)
        self._start = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        self._room = (pages - 1) * mmap.PAGESIZE
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        assert libc.mprotect(self._start + self._room, mmap.PAGESIZE, 0) == 0

    def put(self, data: bytes) -> int:
        """Address of ``data`` and its padding, which end where the guarded page begins."""
        whole = data + bytes(kernel.PADDING)
        self._map[self._room - len(whole) : self._room] = whole
        return self._start + self._room - len(whole)


def walk(guard: Guarded, data: bytes) -> int:
    """Scan ``data`` to its end, read every field, look for cuts; the number of sentences."""
    counts, names = np.zeros(kernel.COUNTERS, dtype=np.int64), np.zeros(kernel.NAMES, dtype=np.uint64)
    tally, kinds = np.zeros(kernel.NAMES, dtype=np.int64), np.zeros(kernel.NAMES, dtype=np.uint8)
    signals, types = np.zeros((kernel.SYSTEMS, kernel.SIGNALS), dtype=np.int64), np.zeros(4096, dtype=np.int64)
    rows, events = np.empty((9000, 3), dtype=np.int64), np.empty((9000, 3), dtype=np.int64)
    at = guard.put(data)
    n = len(data)
    stop, found, _ = kernel.scan(at, 0, n, True, counts, names, tally, kinds, signals, types, rows, events)
    assert stop == n
    wanted = np.ascontiguousarray(rows[:found][~np.isin(rows[:found, 0], (kernel.NAV, kernel.ALARM))])
    memory = np.full((8, fields.MEMORY), -1, dtype=np.int64)
    outputs = [np.empty((len(wanted) + 2, words), dtype=np.int64) for words in fields.WORDS]
    addresses = [each.ctypes.data for each in (memory, *outputs)]
    fields.columns(at, wanted.ctypes.data, len(wanted), 0, np.int64(-1), 0, *addresses)
    segments._free_cut(at, n, 0)
    return int(counts[0])


def fuzz() -> int:
    """Every short sentence, every kind of message, and a damaged log, each cut at its last bytes."""
    guard, total = Guarded(1 << 16), 0
    for data in (*SHORT, *(make(b"$GNGGA,1*00") for make in MAKERS.values())):
        for cut in range(len(data) + 1):
            total += walk(guard, data[:cut])
            total += walk(guard, data[cut:])
    log, _ = damaged_log(1, 60)
    for cut in range(0, len(log), 7):
        total += walk(guard, log[:cut])
    return total


def child(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=ROOT)


def test_no_kernel_reads_beyond_the_padding() -> None:
    code = "from tests.probes.gnss.formats.test_guarded_memory import fuzz; print(fuzz())"
    done = child(code)
    assert done.returncode == 0, done.stderr or f"ended by signal {-done.returncode}"
    assert int(done.stdout) > 1000


def test_the_guard_guards() -> None:
    code = (
        "import ctypes; from tests.probes.gnss.formats.test_guarded_memory import Guarded; "
        "guard = Guarded(100); at = guard.put(b'x'); print(ctypes.string_at(at + 64, 1), flush=True); ctypes.string_at(at + 65, 1)"
    )
    done = child(code)
    assert done.returncode < 0
    assert done.stdout == "b'\\x00'\n"
