# SPDX-License-Identifier: Apache-2.0
"""Terminals with their runs and meters: what belongs together by the terminal's number and by time, and what contradicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.model import Lack, Reason, Side
from harness.plugins import Ask, Input
from harness.quantity import Quantity
from probes.compute.digests.energy import Prefix, prefix
from probes.compute.digests.power import Power
from probes.compute.digests.work import Run, Work
from probes.compute.formats.power import PowerLog
from probes.compute.formats.words import WORDS
from probes.compute.formats.workloads import plain

_PLANES = {"platform-input", "board", "chip-rail"}


@dataclass(frozen=True, slots=True)
class Meter:
    """One power log and what its source says of the meter."""

    log: PowerLog
    energy: Prefix
    settings: Any
    live: bool


@dataclass(frozen=True, slots=True)
class Load:
    """One run and what its source says of the model."""

    run: Run
    settings: Any

    @property
    def operations(self) -> float | None:
        """Of one item: as counted where it ran, else as stated."""
        stated = getattr(self.settings, "operations", None)
        return self.run.operations if self.run.operations is not None else stated

    @property
    def counted(self) -> bool:
        """Whether the operations were counted from the graph of a model that is named by its digest, not merely stated."""
        return self.run.operations is not None and bool(self.run.facts.get("sha256"))

    @property
    def rated_tops(self) -> float | None:
        """The rated dense peak as stated; None where it is not."""
        return getattr(self.settings, "rated_tops", None)

    @property
    def precision(self) -> str:
        """Of the multiplications: as the record says, else as stated."""
        return self.run.precision or str(self.settings.precision)

    @property
    def sparsity(self) -> str:
        """As the record says, else as stated."""
        return self.run.sparsity or str(self.settings.sparsity)


@dataclass(frozen=True, slots=True)
class Terminal:
    """One terminal under test: its runs in the order of time, its meters, and what is broken about it as a whole."""

    label: str
    loads: tuple[Load, ...] = ()
    meters: tuple[Meter, ...] = ()
    checks: tuple[Meter, ...] = ()
    invalid: tuple[Reason, ...] = ()
    remarks: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that was measured, by terminal, and the constants that hold: the scenario's where none was declared."""

    terminals: Mapping[str, Terminal]
    declared: Mapping[str, Any]


def bench(inputs: Sequence[Input], ask: Ask) -> Bench:
    """The terminals of all sources; the same record under two of them makes both invalid."""
    found: dict[str, Terminal] = {}
    owners: dict[str, set[str]] = {}
    for each in inputs:
        label = str(each.trace.settings.terminal)
        own = found.get(label, Terminal(label))
        if isinstance(each.summary, Work):
            loads = tuple(Load(run, each.trace.settings) for run in each.summary.runs)
            keys = [load.run.digest for load in loads]
            own = replace(own, loads=_ordered(own.loads + loads))
            if not loads:
                own = replace(own, invalid=(*own.invalid, WORDS.reason("no-run")))
        else:
            own, keys = _metered(own, each.summary, each)
        for key in keys:
            owners.setdefault(key, set()).add(label)
        found[label] = own
    for name, own in found.items():
        found[name] = replace(own, invalid=(*own.invalid, *_swapped(own)))
    copied = {name for labels in owners.values() if len(labels) > 1 for name in labels}
    for name in copied:
        found[name] = replace(
            found[name], invalid=(*found[name].invalid, WORDS.reason("copied", terminals=sorted(copied)))
        )
    return Bench({name: found[name] for name in sorted(found)}, {**ask.defaults, **ask.declared})


def _swapped(own: Terminal) -> tuple[Reason, ...]:
    """Runs under one terminal's number in which the hardware said that it was another one."""
    said = {", ".join(map(str, each.run.facts["ids"])) for each in own.loads if each.run.facts.get("ids")}
    return (WORDS.reason("another-sample", said=sorted(said)),) if len(said) > 1 else ()


def _ordered(loads: tuple[Load, ...]) -> tuple[Load, ...]:
    known = {each.run.digest: each for each in loads}
    return tuple(sorted(known.values(), key=lambda each: (each.run.begin_ns, each.run.digest)))


def _metered(own: Terminal, summary: Power, each: Input) -> tuple[Terminal, list[str]]:
    live = each.probe == "compute.power"
    meters = tuple(Meter(log, prefix(log), each.trace.settings, live) for _, log in summary.logs)
    which = "meters" if each.trace.settings.role == "main" else "checks"
    return replace(own, **{which: getattr(own, which) + meters}), [name for name, _ in summary.logs]


def contradictions(load: Load, declared: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Reason]:
    """Precision, sparsity and workload: what the reading asks, what was declared, and what ran have to be one."""
    found: list[Reason] = []
    stated = {"precision": load.precision, "sparsity": load.sparsity}
    for name, value in stated.items():
        own = str(getattr(load.settings, name))
        if own != value:
            found.append(WORDS.reason("stated-otherwise", what=WORDS.text(name), stated=own, seen=value))
    precision, dense = wanted.get("precision"), wanted.get("dense")
    if precision is not None and load.precision != precision:
        found.append(WORDS.reason("other-precision", wanted=str(precision), seen=load.precision))
    if dense and load.sparsity != "dense":
        found.append(WORDS.reason("sparse", seen=load.sparsity))
    for name, value in (*stated.items(), ("workload", str(load.settings.workload))):
        told = declared.get(name)
        if told is not None and plain(str(told)) not in {plain(value), str(load.run.facts.get("sha256", plain(value)))}:
            found.append(WORDS.reason("declared-otherwise", what=WORDS.text(name), declared=str(told), seen=value))
    return [*found, *load.run.broken]


def plane_of(meter: Meter, declared: Mapping[str, Any], wanted: str) -> list[Reason]:
    """The plane that the reading asks, that was declared, and that the meter is on."""
    found: list[Reason] = []
    plane = str(meter.settings.plane)
    if plane != wanted:
        found.append(WORDS.reason("other-plane", wanted=wanted, seen=plane))
    told = declared.get("power_plane")
    if told is not None and str(told) != plane:
        found.append(WORDS.reason("declared-otherwise", what=WORDS.text("power_plane"), declared=str(told), seen=plane))
    return found


def quantity(declared: Mapping[str, Any], name: str) -> Quantity | None:
    """A declared constant; None where there is none."""
    value = declared.get(name)
    return None if value is None else Quantity.parse(str(value))


def lack(key: str, side: Side = Side.PASS, **facts: Any) -> Lack:
    """Something missing, in the domain's words."""
    return WORDS.lack(key, side, **facts)
