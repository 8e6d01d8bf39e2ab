# SPDX-License-Identifier: Apache-2.0
"""What probes have in common whose traces other probes' estimators judge: no measurand, no simulator, a segment a chunk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from harness.plugins import Chunk, Estimator, Simulator, Trace

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class EvidenceProbe:
    """Stateless; each says in its own words whose evidence it gives."""

    version = "1"

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """None of its own."""
        return _NOTHING

    @property
    def simulators(self) -> Mapping[str, Simulator]:
        """None."""
        return _NOTHING

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """A segment a chunk."""
        return [Chunk(path) for path in trace.segments]
