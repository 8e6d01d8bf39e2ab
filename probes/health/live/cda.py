# SPDX-License-Identifier: Apache-2.0
"""Shared documents in a WebDAV folder (RFC 4918): put under the record's name, got, and listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import InstrumentError
from probes.health.formats import cda
from probes.health.formats.forms import Answer, Entry
from probes.health.live.transport import Outgoing, Piece
from probes.health.live.web import Reply, Web
from probes.health.plans.settings import CdaSettings

_WHAT = b'<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>'
_XML = {"Content-Type": "application/xml; charset=utf-8"}


class CdaTransport:
    """One folder."""

    def __init__(self, settings: CdaSettings, folder: Path) -> None:
        """Nothing is opened yet."""
        token = "" if settings.token is None else settings.token.text("the token of the documents")
        tls = None if settings.tls is None else folder / settings.tls
        self._web = Web(settings.url, float(settings.timeout), token, tls)
        self._before: frozenset[str] | None = None
        """What stood in the folder before anything was sent."""

    def greet(self, run: str) -> None:  # noqa: ARG002 - the interface of every carrier
        """The folder can be listed."""
        try:
            reply = self._propfind()
        except OSError as error:
            msg = f"No document service answers at {self._web.url}: {error}."
            raise InstrumentError(msg, cure="check that it runs, its address and the token.") from None
        if reply.status != 207:
            msg = f"{self._web.url} answers {reply.status}, and not as a WebDAV folder."
            raise InstrumentError(msg, cure="check the address of the folder and the token.")

    def send(self, record: Outgoing) -> Answer:
        """Put it; again the same name is the same document."""
        if self._before is None:
            self._before = frozenset(each.handle for each in self._listed()[1])
        reply = self._web.ask("PUT", f"{record.identifier}.xml", record.body, _XML)
        return Answer(reply.status, reply.body, reply.headers.get("location", ""))

    def look(self, record: Outgoing) -> bytes | None:
        """The document under its name."""
        reply = self._web.ask("GET", f"{record.identifier}.xml")
        if reply.status in {404, 410}:
            return None
        return self._good(reply)

    def inventory(self, run: str) -> Iterator[Piece]:
        """The folder, and each document in it that is the run's by its name, or came since: a copy may have any name."""
        body, entries = self._listed()
        yield Piece("", body)
        for each in entries:
            if run in each.handle or (self._before is not None and each.handle not in self._before):
                yield Piece(each.handle, self._good(self._web.ask("GET", urlsplit(each.handle).path)))

    def close(self) -> None:
        """Let go of it."""
        self._web.close()

    def _listed(self) -> tuple[bytes, tuple[Entry, ...]]:
        """The folder as it answers, and what stands in it; ConnectionError where it does not."""
        reply = self._propfind()
        if reply.status != 207:
            msg = f"status {reply.status}"
            raise ConnectionError(msg)
        return reply.body, cda.page(reply.body).entries

    def _propfind(self) -> Reply:
        return self._web.ask("PROPFIND", "", _WHAT, {**_XML, "Depth": "1"})

    @staticmethod
    def _good(reply: Reply) -> bytes:
        if reply.status != 200:
            msg = f"status {reply.status}"
            raise ConnectionError(msg)
        return reply.body
