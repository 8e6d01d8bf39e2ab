# SPDX-License-Identifier: Apache-2.0
"""What the network domain can estimate: one record a measurand, with references to what does it. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import replace

from harness.plugins import Constant, Measurand
from probes.network.measurands.words import WORDS

TESTER = "network-tester"
"""Kind of instrument: the host or device whose clock times the packets."""
_HERE = "probes.network.measurands"
_LIVE = f"{_HERE}.now.lines:lines"
_PACKETS = ("probes.network.digests.paths:PathSummary", "probes.network.digests.drive:Drive")
_PLACES = "harness.kit.track:Track"
_TOLD = "probes.network.traces.presence:Presence"
_REGISTER = "probes.network.digests.register:Register"
_SEEN = ("probes.network.traces.sightings:Sightings", "probes.network.digests.flows:Flows")
_RADIO = "probes.network.digests.radio:Radio"
_COUNTERS = "probes.network.traces.counters:Counters"


def _constant(name: str, unit: str = "s") -> Constant:
    return Constant(name, unit, WORDS.text(f"constant-{name.replace('_', '-')}"))


_WAITING, _OUTAGE = _constant("waiting_time"), _constant("longest_credible_outage")
_BURST, _CABLE = _constant("longest_credible_burst", "packets"), _constant("cable_length", "m")


def _delay(kind: str, module: str, accepts: tuple[str, ...], view: str = f"{_HERE}.view:gather") -> Measurand:
    """A delay, by its statistics."""
    statistics = {"quantile": "quantile", "mean": "mean", "share-within": "share_within"}
    return Measurand(
        name=f"network.{kind}",
        title=WORDS.text(f"title-{kind}"),
        unit="ms",
        recorder="network.mqtt" if kind == "loop" else "network.stamp",
        accepts=accepts,
        constants=(_WAITING, _BURST, _CABLE),
        view=view,
        statistics={name: f"{_HERE}.{module}:{function}" for name, function in statistics.items()},
        show=f"{_HERE}.{module}:show",
        live="" if kind == "loop" else _LIVE,
        watchable=frozenset({"quantile", "share-within"}) if kind == "rtt" else frozenset(),
        instruments=(TESTER,),
    )


RTT = replace(
    _delay("rtt", "latency", (*_PACKETS, _PLACES, _RADIO), f"{_HERE}.radio.cells:gathered"),
    show=f"{_HERE}.radio.cells:show_delay",
)
OWD = replace(_delay("owd", "one_way", (*_PACKETS, _PLACES, _RADIO)), synchronised=True)
LOOP = _delay("loop", "loop", _PACKETS[:1], f"{_HERE}.loop:view")
LOSS = Measurand(
    name="network.loss",
    title=WORDS.text("title-loss"),
    unit="1",
    recorder="network.stamp",
    accepts=(*_PACKETS, _PLACES, _RADIO),
    constants=(_WAITING, _BURST),
    view=f"{_HERE}.view:gather",
    statistics={"ratio": f"{_HERE}.loss:ratio"},
    show=f"{_HERE}.loss:show",
    live=_LIVE,
    watchable=frozenset({"ratio"}),
)
DROPOUT = Measurand(
    name="network.dropout",
    title=WORDS.text("title-dropout"),
    unit="1",
    recorder="network.stamp",
    accepts=(*_PACKETS, _PLACES, _TOLD, _COUNTERS, _REGISTER, _RADIO),
    constants=(replace(_constant("silent_after"), agreed=True), _OUTAGE),
    view=f"{_HERE}.radio.causes:view",
    statistics={
        "session-ratio": f"{_HERE}.dropout:session_ratio",
        "offline-time": f"{_HERE}.dropout:offline_time",
        "sessions-per-hour": f"{_HERE}.dropout:per_hour",
    },
    show=f"{_HERE}.radio.causes:show",
    live=_LIVE,
)
"""Counters beside the probes are for the readings of ``network.kpi``, which answer the same clause in another way."""
KPI = Measurand(
    name="network.kpi",
    title=WORDS.text("title-kpi"),
    unit="1",
    recorder="network.counters",
    accepts=DROPOUT.accepts,
    view=f"{_HERE}.kpi:view",
    statistics={
        "counter-ratio": f"{_HERE}.kpi:counter_ratio",
        "drive-test": f"{_HERE}.kpi:drive_test",
        "retainability": f"{_HERE}.kpi:retainability",
    },
    show=f"{_HERE}.kpi:show",
)
AVAILABILITY = Measurand(
    name="network.availability",
    title=WORDS.text("title-availability"),
    unit="1",
    recorder="network.stamp",
    accepts=(*_PACKETS, _PLACES, _RADIO),
    constants=(_constant("survival_time"), _constant("transfer_interval"), _OUTAGE, _WAITING),
    view=f"{_HERE}.view:gather",
    statistics={
        "availability": f"{_HERE}.service_time:availability",
        "mtbf": f"{_HERE}.service_time:between_failures",
    },
    show=f"{_HERE}.service_time:show_availability",
    live=_LIVE,
)
MOBILITY = Measurand(
    name="network.mobility",
    title=WORDS.text("title-mobility"),
    unit="ms",
    recorder="network.stamp",
    accepts=(*_PACKETS, _PLACES, _RADIO),
    constants=(_constant("interruption_over"), _WAITING),
    view=f"{_HERE}.radio.cells:gathered",
    statistics={
        "longest-interruption": f"{_HERE}.service_time:longest_interruption",
        "quantile": f"{_HERE}.service_time:interruption_quantile",
    },
    show=f"{_HERE}.radio.cells:show_mobility",
    live=_LIVE,
)
IPV6 = Measurand(
    name="network.ipv6",
    title=WORDS.text("title-ipv6"),
    unit="1",
    recorder="network.stamp",
    accepts=(*_PACKETS, _REGISTER, *_SEEN, _TOLD, _RADIO),
    view=f"{_HERE}.ipv6:view",
    statistics={"share": f"{_HERE}.ipv6:share"},
    show=f"{_HERE}.ipv6:show",
    live=_LIVE,
)
NODES = Measurand(
    name="network.nodes",
    title=WORDS.text("title-nodes"),
    unit="台套",
    recorder="network.terminals",
    accepts=(*_PACKETS, _REGISTER, *_SEEN, _TOLD, _RADIO),
    constants=(_constant("window"),),
    view=f"{_HERE}.census:view",
    statistics={"distinct": f"{_HERE}.census:distinct", "proven-5g": f"{_HERE}.radio.proof:proven"},
    show=f"{_HERE}.radio.proof:show",
    live=f"{_HERE}.now.lines:census",
)
