# SPDX-License-Identifier: Apache-2.0
"""Live measurement on a veth pair between network namespaces, beside irtt and sockperf: round trips, clean rate, pace.

Every figure is a run of its own, ours and the peer's in turn; sender and reflector are on one processor each, like the
peers' clients and servers. Needs root for the namespaces. Round trips of ours are those the probe reports: kernel times at
the sender, less the reflector's own time. irtt's leave out its server's time as well; sockperf's are full round trips.
"""

from __future__ import annotations

from tests.bench import live
from tests.bench.run import Bench

SECONDS, RATE = 2, 1000
FAST = (150_000, 125_000, 110_000, 100_000)


def clean_rate() -> float:
    """The most packets a second that left and all came back, in half a second at each of the rates asked for."""
    found = [0.0]
    for rate in FAST:
        seen = live.ours(rate, rate // 2, "0,1")
        found.append(0.0 if seen["lost"] else 2.0 * seen["sent"])
    return max(found)


def irtt_rate() -> float:
    """Packets a second that irtt sends and gets back when it is asked for a packet every 10 µs."""
    seen = live.irtt(1, "10us")
    return float(seen["sent"] - seen["lost"])


def benches() -> list[Bench]:
    """Round trips against irtt and sockperf, clean rate against irtt, pace."""
    return [
        *(
            Bench(
                f"round trip {name} at 1000/s, irtt",
                lambda key=key: live.ours(RATE, RATE * SECONDS)[key],  # type: ignore[misc]
                lambda key=key: live.irtt(SECONDS)[key],  # type: ignore[misc]
                "below irtt",
                unit="µs",
                ratio=1,
                figure="smaller",
            )
            for name, key in (("median", "p50"), ("p99", "p99"))
        ),
        Bench(
            "round trip median at 1000/s, sockperf",
            lambda: live.ours(RATE, RATE * SECONDS)["p50"],
            lambda: live.sockperf(SECONDS)["p50"],
            "shown beside sockperf",
            unit="µs",
            figure="smaller",
        ),
        Bench(
            "packets/s without loss, irtt",
            clean_rate,
            irtt_rate,
            ">= 100 000/s without loss",
            unit="packets/s",
            floor=100_000,
            figure="larger",
        ),
        Bench(
            "pacing error median at 1000/s",
            lambda: live.ours(RATE, RATE * SECONDS)["pace50"],
            None,
            "<= 10 µs",
            unit="µs",
            figure="smaller",
            most=10,
        ),
    ]
