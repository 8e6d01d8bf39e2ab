# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of a stream of corrections: messages by type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Corrections:
    """RTCM 3 messages by type (:data:`probes.gnss.formats.rtcm.SYSTEMS` names their systems)."""

    by_type: Mapping[int, int]

    def merge(self, other: Corrections) -> Corrections:
        """The messages of both; associative and commutative."""
        return Corrections(dict(sorted((Counter(self.by_type) + Counter(other.by_type)).items())))
