# SPDX-License-Identifier: Apache-2.0
"""What an indicator looks at: each receiver's log once, compared with its truth where there is one, and the corrections beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.plugins import Ask, Input
from probes.gnss.digests.corrections import Corrections
from probes.gnss.digests.deviation import Deviations, compared, prepared
from probes.gnss.digests.log import Log, LogSummary, whole_log
from probes.gnss.digests.solution import Solution
from probes.gnss.formats.observed.columns import Observations
from probes.gnss.formats.rtcm import Station, systems
from probes.gnss.truth.observed import ObservationSettings, SolutionSettings
from probes.gnss.truth.settings import TRAJECTORY, ReceiverSettings


@dataclass(frozen=True, slots=True, eq=False)
class Antenna:
    """One receiver under test; ``errors`` is None for an antenna of a baseline, which has no truth of its own."""

    label: str
    settings: ReceiverSettings
    summary: LogSummary
    log: Log
    errors: Deviations | None


@dataclass(frozen=True, slots=True, eq=False)
class Second:
    """An independent solution beside the receivers."""

    label: str
    settings: SolutionSettings
    solution: Solution


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Raw observations beside the receivers."""

    label: str
    settings: ObservationSettings
    observations: Observations


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Receivers whose errors are judged in one direction; ``corrections``: systems with observations, a recorded stream each; ``bases`` what their bases say of their place.

    ``seconds`` and ``raw``: independent solutions and raw observations beside them.
    """

    vertical: bool
    antennas: tuple[Antenna, ...]
    corrections: Mapping[str, Mapping[str, int]]
    bases: Mapping[str, Mapping[Station, int]] = field(default_factory=dict)
    seconds: tuple[Second, ...] = ()
    raw: tuple[Raw, ...] = ()

    @property
    def receivers(self) -> dict[str, tuple[Antenna, ...]]:
        """The logs of each receiver by its name: sources that name the same receiver are its sessions, any other is one itself."""
        found: dict[str, list[Antenna]] = {}
        for each in self.antennas:
            found.setdefault(each.settings.receiver or each.label, []).append(each)
        return {name: tuple(logs) for name, logs in found.items()}

    @property
    def logs(self) -> list[tuple[Log, ReceiverSettings]]:
        """Every log with its settings."""
        return [(each.log, each.settings) for each in self.antennas]

    @property
    def is_baseline(self) -> bool:
        """Whether these are two antennas with a known distance: two logs, or one of a moving base with UBX-NAV-RELPOSNED."""
        alone = len(self.antennas) == 1 and self.antennas[0].settings.format == "ubx"
        enough = len(self.antennas) == 2 or alone
        return enough and all(each.settings.mode == "baseline" for each in self.antennas)


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """What one receiver delivered: all its epochs, and those after settling."""

    label: str
    settings: ReceiverSettings
    log: Log
    settled: Log


def horizontal(inputs: Sequence[Input], ask: Ask) -> Compared:
    """Errors for a horizontal measurand; DecodeError for a trajectory that cannot be read."""
    return _compared(inputs, ask, vertical=False)


def vertical(inputs: Sequence[Input], ask: Ask) -> Compared:
    """Errors for a vertical measurand; DecodeError for a trajectory that cannot be read."""
    return _compared(inputs, ask, vertical=True)


def received(inputs: Sequence[Input], ask: Ask) -> tuple[Received, ...]:
    """The epochs of each receiver."""
    del ask  # a constant changes bounds, not epochs
    return tuple(_received(each) for each in inputs if isinstance(each.summary, LogSummary))


def _compared(inputs: Sequence[Input], ask: Ask, *, vertical: bool) -> Compared:
    del ask  # limits change what is asked of errors, not the errors
    antennas = tuple(_antenna(each) for each in inputs if isinstance(each.summary, LogSummary))
    streams = {each.source: each.summary for each in inputs if isinstance(each.summary, Corrections)}
    bases = {name: each.stations for name, each in streams.items()}
    return Compared(
        vertical,
        antennas,
        {name: systems(each.by_type) for name, each in streams.items()},
        bases,
        tuple(
            Second(each.source, each.trace.settings, each.summary)
            for each in inputs
            if isinstance(each.summary, Solution)
        ),
        tuple(
            Raw(each.source, each.trace.settings, each.summary)
            for each in inputs
            if isinstance(each.summary, Observations)
        ),
    )


def _antenna(source: Input) -> Antenna:
    settings, summary = source.trace.settings, source.summary
    log = whole_log(summary, settings.format)
    alone = settings.mode == "baseline"
    errors = None if alone else compared(log, settings, source.trace.documents.get(TRAJECTORY))
    return Antenna(source.source, settings, summary, log, errors)


def _received(source: Input) -> Received:
    settings = source.trace.settings
    log = whole_log(source.summary, settings.format)
    early, late = (prepared(log, settings, settled=settled)[0] for settled in (False, True))
    return Received(source.source, settings, early, late)
