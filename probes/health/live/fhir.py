# SPDX-License-Identifier: Apache-2.0
"""FHIR R4 over REST: conditional create, so that a repeated send creates nothing twice; search by identifier; search by run, paged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from harness.errors import InstrumentError
from harness.kit.unreadable import UnreadableError
from probes.health.formats import fhir
from probes.health.formats.content import RUN_SYSTEM
from probes.health.formats.forms import Answer
from probes.health.live.transport import Outgoing, Piece
from probes.health.live.web import Reply, Web
from probes.health.plans.settings import FhirSettings

_JSON = {"Accept": "application/fhir+json", "Cache-Control": "no-cache"}
"""Some servers answer an earlier search again for a minute unless they are told not to."""
_SENT = {**_JSON, "Content-Type": "application/fhir+json; charset=utf-8", "Prefer": "return=minimal"}
_TYPE = "Observation"
_MOST_PAGES = 10_000


class FhirTransport:
    """One server."""

    def __init__(self, settings: FhirSettings, folder: Path) -> None:
        """Nothing is opened yet."""
        token = "" if settings.token is None else settings.token.text("the token of the FHIR server")
        tls = None if settings.tls is None else folder / settings.tls
        self._web = Web(settings.url, float(settings.timeout), token, tls)

    def greet(self, run: str) -> None:  # noqa: ARG002 - the interface of every carrier
        """It says of itself that it is a FHIR R4 server."""
        try:
            reply = self._web.ask("GET", "metadata", headers=_JSON)
        except OSError as error:
            msg = f"No FHIR server answers at {self._web.url}: {error}."
            raise InstrumentError(msg, cure="check that it runs, its address and the token.") from None
        told = self._told(reply)
        if told.get("resourceType") != "CapabilityStatement" or not str(told.get("fhirVersion", "")).startswith("4."):
            msg = f"{self._web.url} answers {reply.status}, and not as a FHIR R4 server."
            raise InstrumentError(msg, cure="check the base address of the service and the token.")

    def send(self, record: Outgoing) -> Answer:
        """Create it unless it is there."""
        known = f"identifier={fhir.SYSTEM}|{record.identifier}"
        reply = self._web.ask("POST", _TYPE, record.body, {**_SENT, "If-None-Exist": known})
        return Answer(reply.status, reply.body, reply.headers.get("location", ""))

    def look(self, record: Outgoing) -> bytes | None:
        """The search set with it."""
        wanted = quote(f"{fhir.SYSTEM}|{record.identifier}", safe="")
        reply = self._found(f"{_TYPE}?identifier={wanted}")
        return reply if record.identifier in fhir.found(reply) else None

    def inventory(self, run: str) -> Iterator[Piece]:
        """Every page of the search for the run; ConnectionError where pages lead in a circle."""
        path, seen = f"{_TYPE}?_tag={quote(f'{RUN_SYSTEM}|{run}', safe='')}&_count=100", set[str]()
        while path:
            if path in seen or len(seen) > _MOST_PAGES:
                raise ConnectionError("its pages lead in a circle")
            seen.add(path)
            body = self._found(path)
            yield Piece("", body)
            path = fhir.page(body).next

    def close(self) -> None:
        """Let go of it."""
        self._web.close()

    def _found(self, path: str) -> bytes:
        """A search set, that is, and no outcome in its stead; ConnectionError otherwise."""
        reply = self._web.ask("GET", path, headers=_JSON)
        told = self._told(reply)
        if reply.status != 200 or told.get("resourceType") != "Bundle":
            msg = f"it answers {reply.status} with {told.get('resourceType', 'no resource')} to a search"
            raise ConnectionError(msg)
        return reply.body

    @staticmethod
    def _told(reply: Reply) -> dict[str, object]:
        try:
            return fhir.parsed(reply.body)
        except UnreadableError:
            return {}
