# SPDX-License-Identifier: Apache-2.0
"""OPC UA nodes by asyncua (the extra ``opcua``, LGPL): values with StatusCode and SourceTimestamp, in batches."""

from __future__ import annotations

import calendar
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from harness.errors import InstrumentError, UsageError

_BATCH = 100
_TIMEOUT_S = 10.0
_BY_HAND = 0x0096_0000
"""GoodLocalOverride: somebody typed the value in because the input is gone."""


class OpcuaPort:
    """One server; InstrumentError or OSError where it cannot be asked."""

    def __init__(self, settings: Any, nodes: Sequence[str]) -> None:
        """Nothing is opened yet."""
        self._settings, self._nodes = settings, list(dict.fromkeys(nodes))
        self._client: Any = None
        self._ids: list[Any] = []

    def open(self) -> None:
        """Connect and make a session."""
        try:
            from asyncua.sync import Client
            from asyncua.ua import NodeId
        except ImportError:
            msg = "OPC UA needs asyncua."
            raise UsageError(msg, cure="pip install 'yanshou[opcua]'.") from None
        if not self._nodes:
            raise UsageError(
                "There is no node to ask for.", cure="write nodes:, or a register with node ids as addresses."
            )
        logging.getLogger("asyncua").addHandler(logging.NullHandler())  # what matters is told by errors and rows
        client = Client(self._settings.url, timeout=_TIMEOUT_S)
        if self._settings.user:
            secret = self._settings.password
            client.set_user(self._settings.user)
            client.set_password("" if secret is None else secret.text("the server's password"))
        try:
            client.connect()
        except Exception as error:  # noqa: BLE001 - asyncua lets errors of many kinds through
            client.tloop.stop()
            msg = f"No OPC UA server lets us in at {self._settings.url}: {error or type(error).__name__}."
            raise InstrumentError(
                msg, cure="check that it runs, the port, user and password, and its security policy."
            ) from None
        self._client, self._ids = client, [NodeId.from_string(each) for each in self._nodes]

    def poll(self) -> Iterator[Mapping[str, Any]]:
        """A row a node."""
        from asyncua.ua.attribute_ids import AttributeIds

        for start in range(0, len(self._ids), _BATCH):
            part = self._ids[start : start + _BATCH]
            try:
                remote = self._client.aio_obj.uaclient.read_attributes(part, AttributeIds.Value)
                answers = self._client.tloop.post(remote)
            except Exception as error:
                msg = str(error) or type(error).__name__
                raise ConnectionError(msg) from error
            for name, answer in zip(self._nodes[start : start + _BATCH], answers, strict=True):
                yield _row(name, answer)

    def close(self) -> None:
        """Leave the server."""
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(Exception):  # a peer that is gone cannot be taken leave of
            client.disconnect()


def _row(name: str, answer: Any) -> dict[str, Any]:
    value = None if answer.Value is None else answer.Value.Value
    if isinstance(value, float) and not math.isfinite(value):
        value = None
    if not isinstance(value, bool | int | float | str | None):
        value = None
    status = answer.StatusCode
    return {
        "place": name,
        "value": value,
        "good": status is None or (status.value >> 30 == 0 and status.value & 0xFFFF_0000 != _BY_HAND),
        "status": "Good" if status is None else status.name,
        "taken": _ns(answer.SourceTimestamp),
    }


def _ns(moment: datetime | None) -> int:
    """Ns since 1970 UTC; 0 for none, and for the year 1601 that servers send instead."""
    if moment is None or moment.year < 1970:
        return 0
    return calendar.timegm(moment.utctimetuple()) * 10**9 + moment.microsecond * 1000
