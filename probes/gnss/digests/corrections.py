# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of a stream of corrections: messages by type, and where its base says that it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.gnss.formats.rtcm import Station


@dataclass(frozen=True, slots=True)
class Corrections:
    """RTCM 3 messages by type (:data:`probes.gnss.formats.rtcm.SYSTEMS` names their systems), messages 1005 and 1006 by what they say."""

    by_type: Mapping[int, int]
    stations: Mapping[Station, int] = field(default_factory=dict)

    def merge(self, other: Corrections) -> Corrections:
        """The messages of both; associative and commutative."""
        stations = Counter(self.stations) + Counter(other.stations)
        by_type = Counter(self.by_type) + Counter(other.by_type)
        return Corrections(dict(sorted(by_type.items())), {each: stations[each] for each in sorted(stations, key=repr)})
