# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of a clock's log: its bytes, for such logs are small and their format is told by the whole."""

from __future__ import annotations

from dataclasses import dataclass

from probes.gnss.formats.timing_formats import Offsets, read_offsets


@dataclass(frozen=True, slots=True)
class ClockLog:
    """The log's bytes by segment and offset."""

    parts: tuple[tuple[str, int, bytes], ...]

    def merge(self, other: ClockLog) -> ClockLog:
        """The digest of both; associative and commutative."""
        return ClockLog(tuple(sorted((*self.parts, *other.parts))))

    def offsets(self, kind: str = "", source: str = "") -> Offsets:
        """The offsets of the whole log in the format ``kind`` ("": that which matches most lines), against one source or all."""
        return read_offsets(b"".join(data for _, _, data in self.parts), kind, source)
