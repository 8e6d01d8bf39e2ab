# SPDX-License-Identifier: Apache-2.0
"""What a log of a drive amounts to: packets, and where they were measured. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from harness.kit.track import Track
from probes.network.digests.paths import PathSummary


@dataclass(frozen=True, slots=True, eq=False)
class Drive(PathSummary):
    """The packets of a log, and where they were measured."""

    track: Track = field(default_factory=Track.none)

    def merge(self, other: Drive) -> Drive:
        """The packets and places of both."""
        packets = PathSummary.merge(self, other)
        own = {each.name: getattr(packets, each.name) for each in fields(PathSummary)}
        return Drive(**own, track=self.track.merge(other.track))
