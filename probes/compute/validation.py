# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of power and energy: integrals that can be done by hand, counters that wrap, frames written digit by digit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.kit.validation import Case

if TYPE_CHECKING:
    from probes.compute.digests.energy import Window
    from probes.compute.formats.power import PowerLog

_S = 10**9
_FRAMES = {
    "energy": ("686101000000006891083333343359333333" + "8a16", [Fraction(26, 100)]),
    "power": ("6861010000000068910733333635896745" + "d016", [Fraction(123456, 10_000)]),
    "power-negative": ("68610100000000689107333336358967c5" + "5016", [Fraction(-123456, 10_000)]),
}
"""DL/T 645-2007: every byte plus 33H, the sign in the top bit of the last one, the sum of all before it at the end."""


def cases() -> Iterator[Case]:
    """Energy of a constant, of a ramp with edges between samples, of a counter; meters' frames."""
    yield Case(
        "constant-energy", "constructed", partial(_of, "constant", 100, 700, "energy_j"), 24_000.0, relative=1e-12
    )
    yield Case("constant-mean", "constructed", partial(_of, "constant", 100, 700, "mean_w"), 40.0, relative=1e-12)
    yield Case(
        "ramp-energy", "constructed, t2² - t1²", partial(_of, "ramp", 1.5, 7.25, "energy_j"), 50.3125, relative=1e-12
    )
    yield Case("ramp-mean", "constructed, t1 + t2", partial(_of, "ramp", 1.5, 7.25, "mean_w"), 8.75, relative=1e-12)
    yield Case(
        "ramp-inside",
        "MLPerf Power, mean of samples strictly inside",
        partial(_of, "ramp", 2, 7, "mean_w_samples"),
        9.0,
        relative=1e-12,
    )
    yield Case("outside", "constructed", partial(_of, "ramp", -1, 7, "energy_j"), None)
    yield Case("counter-wraps", "constructed", _counter, 100_000_000.0, relative=1e-12)
    yield Case("counter-reset", "constructed", _reset, "refused")
    for name, (frame, values) in _FRAMES.items():
        yield Case(f"dlt645-{name}", "DL/T 645-2007, constructed", partial(_frame, frame), values)
    yield Case(
        "dlt645-altered",
        "DL/T 645-2007, constructed",
        partial(_frame, _FRAMES["energy"][0].replace("59", "5a")),
        "damaged",
    )
    yield Case("modbus-crc", "Modbus over Serial Line 1.02, 01 03 00 00 00 01", _crc, "840a")
    yield Case("modbus-words", "IEEE 754, 220.5", partial(_words, "435c8000", "high-first"), 220.5)
    yield Case("modbus-words-swapped", "IEEE 754, 220.5", partial(_words, "8000435c", "low-first"), 220.5)
    yield Case("scpi-overload", "SCPI-1999, 9.9E37", partial(_number, "9.9E+37"), None)
    yield Case("scpi-number", "SCPI-1999, NR3", partial(_number, "+2.5205E+01"), 25.205, relative=1e-12)


def _log(kind: str) -> PowerLog:
    from probes.compute.formats.power import Samples

    samples = Samples("constructed", "utc")
    for second in range(1001 if kind == "constant" else 11):
        samples.add(second * _S, 40.0 if kind == "constant" else 2.0 * second)
    if kind == "ramp":
        samples.at_ns.insert(0, 0)
        samples.watts.insert(0, 0.0)
    return samples.log()


def _of(kind: str, begin: float, end: float, what: str) -> Any:
    from probes.compute.digests.energy import prefix, window

    log = _log(kind)
    found: Window = window(log, prefix(log), round(begin * _S), round(end * _S))
    return getattr(found, what)


def _counter() -> float:
    import numpy as np

    from probes.compute.formats.counters import unwrapped

    full = 262_143_328_850
    counts = np.array([full - 49_999_999, full - 24_999_999, 0, 25_000_000, 50_000_000], np.int64)
    return float(unwrapped(np.arange(5, dtype=np.int64) * _S, counts, full, 400e6)[-1])


def _reset() -> str:
    import numpy as np

    from harness.errors import YanshouError
    from probes.compute.formats.counters import unwrapped

    try:
        unwrapped(np.arange(2, dtype=np.int64) * _S, np.array([9, 1], np.int64), None, None)
    except YanshouError:
        return "refused"
    return "taken"


def _frame(text: str) -> Any:
    from probes.compute.wire.dlt645 import Frame, frames, values

    found = [each for each in frames(bytes.fromhex(text)) if isinstance(each, Frame)]
    if len(found) != 1:
        return "damaged"
    told = values(found[0])
    return told if isinstance(told, str) else [each.value for each in told]


def _crc() -> str:
    from probes.compute.wire.modbus import crc

    return crc(bytes.fromhex("010300000001")).hex()


def _words(text: str, words: str) -> float:
    from probes.compute.wire.modbus import value

    return value(bytes.fromhex(text), "float32", words)


def _number(text: str) -> float | None:
    from probes.compute.wire.scpi import number

    return number(text)
