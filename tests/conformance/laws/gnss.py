# SPDX-License-Identifier: Apache-2.0
"""Of receivers and clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.conformance.examples import gnss as examples
from tests.conformance.laws.law import Law, Part, recorded


def receivers() -> Iterator[Law]:
    device = {"duration": 900, "rate": 1, "sd_h": 0.002, "sd_v": 0.004, "noise_tau": 3, "cold_start": 10}

    def part(more: Mapping[str, Any]) -> Part:
        return lambda folder: examples.received(folder, {**device, **more}, folder.name)

    def log(data: bytes) -> Part:
        return recorded("gnss.nmea", data, examples.RECEIVER)

    good = [part({})]
    bad = {
        "a receiver that never had a fix": part({"cold_start": 2000, "seed": 2}),
        "a receiver that said nothing": log(b""),
        "bytes that are no sentences": log(b"no sentences at all\r\n" * 40),
    }
    gates = bad | {"a receiver that never used BeiDou": part({"systems": "123", "seed": 2})}
    for name, limit in (("gnss.horizontal", "<= 2 cm"), ("gnss.vertical", "<= 4 cm")):
        yield Law(name, "rms", limit, good, gates)
        yield Law(name, "quantile", limit, good, gates)
    outage = {"longest_credible_outage": "1 s"}
    yield Law("gnss.fix-rate", "ratio", ">= 50 %", good, bad, {}, outage)
    yield Law("gnss.availability", "time-share", ">= 50 %", good, bad, {}, outage)
    yield Law("gnss.gaps", "longest", "<= 10 min", good, bad)
    yield Law("gnss.ttff", "quantile", "<= 10 min", good, bad, {"q": "5 %"})
    yield Law("gnss.age", "quantile", "<= 5 min", good, bad)
    yield Law("gnss.beidou", "share", ">= 50 %", good, bad)


def clocks() -> Iterator[Law]:
    def part(data: bytes, **more: str) -> Part:
        return recorded("gnss.timing", data, {**examples.CLOCK, **more})

    good = [part(examples.clock(900))]
    bad = {
        "a clock measured against itself": part(examples.clock(900), reference="under-test"),
        "a clock of one reading": part(examples.clock(1)),
        "a log without a line": part(b""),
        "bytes that are no log": part(b"no log at all\n" * 40),
    }
    for statistic in ("quantile", "mtie", "tdev"):
        yield Law(
            "gnss.timing", statistic, "<= 1 us", good, bad, {"interval": "10 s"} if statistic != "quantile" else {}
        )
