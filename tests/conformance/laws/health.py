# SPDX-License-Identifier: Apache-2.0
"""Of records that are exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conformance.laws.law import Law, Part, recorded
from tests.probes.health import made as exchanges


def carriers() -> Iterator[Law]:
    """Of carriers: each has to bring every record once and whole."""

    def part(transport: str, data: bytes) -> Part:
        return recorded(f"health.{transport}", data, exchanges.SETTINGS[transport])

    def made(transport: str = "fhir", count: int = 70, **plan: Any) -> Part:
        return part(transport, exchanges.Exchanged(transport, count, **plan).data)

    good = [made(), made("hl7")]
    again = {"run": "100000000001"}
    bad = {
        "a carrier that loses a record": made("cda", lost=frozenset({3, 4, 5, 6, 7})),
        "a run without the receiver's list": made(**again, listed=False),
        "a list that is shorter than it says": made(**again, total=71),
        "somebody who is no test patient": made(**again, rows=[{"t": exchanges.START_NS, "foreign": 1}]),
        "bytes that are no session": part("cda", b"no session at all\n"),
    }
    yield Law("health.exchange", "lost-count", "<= 0 条", good, bad, declared=exchanges.SETTLE)
    yield Law("health.exchange", "share-whole", ">= 100 %", good, bad, declared=exchanges.SETTLE)
    slow = {**bad, "a carrier that is slow": made("cda", delay_ms=(1500,))}
    yield Law("health.delay", "quantile", "<= 1 s", good, slow, {"q": "95 %"}, exchanges.SETTLE)
