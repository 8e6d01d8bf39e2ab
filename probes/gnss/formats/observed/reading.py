# SPDX-License-Identifier: Apache-2.0
"""A file or stream of raw observations, whatever it is: RINEX by its head, anything else by the messages in it."""

from __future__ import annotations

from datetime import date

from harness.kit.packed import unpacked
from harness.model import Text
from probes.gnss.formats.observed.columns import Observations
from probes.gnss.formats.observed.rinex import expanded, is_compact, is_rinex, read_rinex
from probes.gnss.formats.observed.streams import read_stream

__all__ = ["expanded_rinex", "is_rinex", "kind_of", "read_observations"]
_NOUN = Text("原始观测文件", "file of raw observations")
_MOST = 4 << 30


def read_observations(data: bytes, day: date | None = None) -> Observations:
    """What is in it, packed by gzip, xz, bzip2 or zstd as well; DecodeError for what cannot be read. ``day`` as for :func:`read_stream`."""
    data = unpacked(data, _MOST, _NOUN)
    return read_rinex(data) if is_rinex(data[:200]) else read_stream(data, day)


def kind_of(data: bytes) -> str:
    """What it is: rinex, rinex (Hatanaka) or stream."""
    head = unpacked(data, _MOST, _NOUN)[:200]
    return "rinex (Hatanaka)" if is_compact(head) else "rinex" if is_rinex(head) else "stream"


def expanded_rinex(data: bytes) -> bytes:
    """A RINEX file in plain form."""
    return expanded(data) if is_compact(data[:200]) else data
