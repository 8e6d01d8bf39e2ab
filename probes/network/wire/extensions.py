# SPDX-License-Identifier: Apache-2.0
"""What a reflector wrote into the TLVs of its replies (RFC 8972 §4.3 to §4.5), as columns, and what is odd about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.network.wire.packet import LAYOUTS
from probes.network.wire.tlv import EXTENSIONS, HEAD_BYTES, TYPES, UNRECOGNISED

UNSUPPORTED, REMARKED_THERE, REMARKED_BACK, FREE_RUNNING = 16, 32, 64, 128
"""Flags: a TLV came back unrecognised or not at all; the DSCP was changed on the way there, on the way back; the reflector's clock runs free."""
COLUMNS = ("dscp_there", "ecn_there", "clock_source", "counted_received", "counted_sent")
"""DSCP and ECN with which the request arrived, synchronisation source of T2, the reflector's counts of packets; -1: not told."""
_FREE_RUNNING_SOURCES = (5, 6)  # RFC 8972 §4.3: local free-running, and unspecified

Column = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


def read(
    data: Bytes, at: Column, size: Column, traffic_class: Column, header: Mapping[str, Any]
) -> tuple[dict[str, Column], Column]:
    """:data:`COLUMNS` and flags of replies whose payloads of ``size`` bytes lie ``at`` these places, shape (n,) each.

    TLVs keep the order and length in which :mod:`probes.network.wire.tlv` asks for them; one that is not there is
    :data:`UNSUPPORTED`, like one with the U flag.
    """
    columns = {name: np.full(len(at), -1, np.int64) for name in COLUMNS}
    flags = np.zeros(len(at), np.int64)
    place = at + LAYOUTS[str(header.get("mode", "unauthenticated"))].size
    for name, length in EXTENSIONS.items():
        if name not in header.get("extensions", ()):
            continue
        fits = place + HEAD_BYTES + length <= at + size
        found = data[np.where(fits, place, 0)[:, None] + np.arange(HEAD_BYTES + length)]
        told = fits & (found[:, 1] == TYPES[name]) & (found[:, 0] & UNRECOGNISED == 0)
        flags[~told] |= UNSUPPORTED
        _fill(name, found[:, HEAD_BYTES:].astype(np.int64), told, columns)
        place = place + HEAD_BYTES + length
    _judge(columns, traffic_class, int(header.get("dscp", 0)), flags)
    return columns, flags


def _fill(name: str, value: Column, told: npt.NDArray[np.bool_], columns: dict[str, Column]) -> None:
    if name == "class-of-service":
        word = value @ (1 << np.array([24, 16, 8, 0]))
        columns["dscp_there"] = np.where(told, word >> 20 & 63, -1)
        columns["ecn_there"] = np.where(told, word >> 18 & 3, -1)
    elif name == "timestamp-information":
        columns["clock_source"] = np.where(told, value[:, 0], -1)
    else:
        weights = 1 << np.array([24, 16, 8, 0])
        columns["counted_received"] = np.where(told, value[:, 4:8] @ weights, -1)
        columns["counted_sent"] = np.where(told, value[:, 8:12] @ weights, -1)


def _judge(columns: Mapping[str, Column], traffic_class: Column, dscp: int, flags: Column) -> None:
    told = columns["dscp_there"] >= 0
    flags[told & (columns["dscp_there"] != dscp)] |= REMARKED_THERE
    flags[told & (traffic_class >> 2 != dscp)] |= REMARKED_BACK
    flags[np.isin(columns["clock_source"], _FREE_RUNNING_SOURCES)] |= FREE_RUNNING
