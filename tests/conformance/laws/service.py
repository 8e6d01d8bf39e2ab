# SPDX-License-Identifier: Apache-2.0
"""Of endpoints that answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.conformance.examples import service as examples
from tests.conformance.laws.law import Law, Part, recorded
from tests.probes.service import made as service


def services() -> Iterator[Law]:
    """Of endpoints under load: each is proven for itself; of a search and of a catalogue, one that is worse in the place of the good one."""

    def part(data: bytes) -> Part:
        return recorded("service.load", data, service.LOAD)

    good = [part(service.load())]
    dead = {
        "an endpoint that refuses": part(service.load(fault=lambda _: "refused")),
        "a session without a request": part(service.load(1)[: service.load(1).index(b"\n") + 1]),
        "bytes that are no session": part(b"no session at all\n"),
        "lines that nobody understands": part(service.load() + b'{"r": "x"}\n'),
        "moments that were not drawn": part(service.load(seed="made/0").replace(b"made/0", b"made/1")),
    }
    slow = dead | {"an endpoint that is slow": part(service.load(ttft_ms=2500, step_ms=300))}
    regular = [part(service.load(rate="1", arrivals="periodic"))]
    outage, slo = {"longest_credible_outage": "1 s"}, {"slo_ttft": "2 s", "slo_tpot": "200 ms"}
    yield Law("service.ttft", "quantile", "<= 2 s", good, slow, {"q": "95 %"})
    yield Law("service.ttft", "share-within", ">= 95 %", good, slow, {"threshold": "2 s"})
    untold = slow | {"an endpoint that states no usage": part(service.load(usage=False))}
    yield Law("service.itl", "quantile", "<= 200 ms", good, untold, {"q": "95 %"})
    yield Law("service.goodput", "share", ">= 95 %", good, untold, {}, slo)
    yield Law("service.errors", "ratio", "<= 5 %", good, dead)
    silent = {key: each for key, each in dead.items() if "refuses" not in key}
    silent |= {"an endpoint that states no usage": part(service.load(usage=False))}
    yield Law("service.tokens", "rate", ">= 10 /s", good, silent)
    down = dead | {
        "an endpoint that is down": part(
            service.load(rate="1", arrivals="periodic", fault=lambda at: "cut" * (at > 60))
        )
    }
    yield Law("service.availability", "time-share", ">= 90 %", regular, down, {}, outage)
    rates, settings = ["1", "2", "4"], {**service.SEARCH, "requests": 400}
    held = [recorded("service.search", service.search(rates, lambda rate, _: rate == "4", [1, 2]), settings)]
    lost = {
        "a search whose load fails": recorded(
            "service.search", service.search(rates, lambda rate, _: rate != "1", [1, 0], 1000), settings
        )
    }
    yield Law("service.capacity", "largest", ">= 2 /s", held, lost)

    def catalogue(entries: int = 12, *, same: Sequence[int] = (), **calls: Any) -> Part:
        return lambda folder: examples.called(
            folder, service.calls(entries, **calls), service.table(entries, same=same)
        )

    padded = {
        "skins over one model": catalogue(skins=[5]),
        "an entry that does not answer": catalogue(silent=[5]),
        "an entry that was not called": catalogue(places=range(11)),
        "content that is there twice": catalogue(same=[0, 5]),
    }
    yield Law("service.callable", "count", ">= 12 种", [catalogue()], padded, instead=True)
