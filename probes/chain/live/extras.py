# SPDX-License-Identifier: Apache-2.0
"""What is kept beside the answers of nodes: certificates, ledger files, TLCP handshakes."""

from __future__ import annotations

import http.client
import os
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from harness.errors import DecodeError, InstrumentError
from probes.chain.formats import fabric, layout, tlcp
from probes.chain.live.asked import Asked
from probes.chain.plans.settings import ChainSettings
from probes.chain.wire.protobuf import varint

_FLIGHT = 1 << 16
_LEDGER = 1 << 30
_BLOCKS, _METRICS = 4 << 20, 16 << 20


def papers(nodes: Sequence[Asked], settings: ChainSettings, folder: Path, write: Callable[[bytes], None]) -> None:
    """Certificates of nodes and of authorities."""
    for each in nodes:
        if each.node.certificate is not None:
            data = (folder / each.node.certificate).read_bytes()
            each.line(layout.octets("certificate", [each.node.certificate], data, time.time_ns()))
            each.flush()
    lines = [
        layout.octets("authority", [name], (folder / name).read_bytes(), time.time_ns())
        for name in settings.authorities
    ]
    if lines:
        write(layout.header("", "", settings.chain, settings.group_name, time.time_ns()) + b"".join(lines))


def ledgers(nodes: Sequence[Asked], settings: ChainSettings, folder: Path, write: Callable[[bytes], None]) -> None:  # noqa: ARG001 - as :func:`papers`
    """Ledger files of Fabric, in pieces of whole blocks; recorded blocks of ChainMaker."""
    for each in nodes:
        path = folder / str(each.node.file)
        if path.stat().st_size > _LEDGER:
            msg = f"The ledger file {path.name} is larger than {_LEDGER >> 20} MiB."
            raise InstrumentError(msg, cure="name the files of the ledger one by one.")
        data = path.read_bytes()
        for piece in _pieces(data) if settings.chain == "fabric" else [data]:
            each.line(layout.octets("ledger", [path.name], piece, time.time_ns()))
            for found in fabric.configurations(piece):
                each.always(layout.octets("configuration", [path.name], found, time.time_ns()))
        if each.node.operations:
            operations(each, float(settings.timeout))
        each.flush()


def operations(node: Asked, timeout_s: float) -> None:
    """What a Fabric peer says at its operations endpoint of its ledgers and of its version, as it came."""
    for path in ("/metrics", "/version"):
        address, asked_ns = node.node.operations.rstrip("/") + path, time.time_ns()
        try:
            with urllib.request.urlopen(address, timeout=timeout_s) as answer:  # noqa: S310 - the settings allow http only
                data = answer.read(_METRICS)
        except (OSError, ValueError, http.client.HTTPException) as error:
            node.line(
                layout.failed({"method": "operations", "params": [path]}, asked_ns, "operations-silent", str(error))
            )
        else:
            node.line(layout.octets("operations", [path], data, asked_ns))


def _pieces(data: bytes) -> Iterator[bytes]:
    """The file in pieces that end where a block does, as far as it is one; the rest as it is."""
    begin = at = 0
    with suppress(DecodeError):  # no length there: the decoder says what is wrong
        while at < len(data):
            size, body = varint(data, at)
            at = body + size
            if at - begin >= _BLOCKS and at <= len(data):
                yield data[begin:at]
                begin = at
    if begin < len(data):
        yield data[begin:]


def handshakes(settings: ChainSettings, write: Callable[[bytes], None]) -> None:
    """What each access point answers to a hello that offers nothing but TLCP; we leave after its ServerHelloDone."""
    lines = [line for each in settings.tlcp for line in _handshake(str(each), float(settings.timeout))]
    if lines:
        write(layout.header("", "", settings.chain, settings.group_name, time.time_ns()) + b"".join(lines))


def _handshake(point: str, timeout_s: float) -> Iterator[bytes]:
    host, _, port = point.rpartition(":")
    asked_ns, deadline = time.time_ns(), time.monotonic() + timeout_s
    data, hello = b"", tlcp.hello(os.urandom(32))
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout_s) as sock:
            sock.sendall(hello)
            while len(data) < _FLIGHT and time.monotonic() < deadline:
                part = sock.recv(4096)
                data += part
                found = tlcp.answered(data)
                if not part or (found is not None and (found.done or found.alert is not None)):
                    break
    except OSError as error:
        if not data:
            yield layout.failed({"method": "tlcp", "params": [point]}, asked_ns, "access-point-silent", str(error))
            return
    yield layout.octets("tlcp", [point], data, asked_ns, (round((time.time_ns() - asked_ns) / 1e6, 3), hello))
