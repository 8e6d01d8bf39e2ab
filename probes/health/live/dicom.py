# SPDX-License-Identifier: Apache-2.0
"""DICOM by pynetdicom (the extra ``dicom``): C-ECHO, C-STORE; read back by C-FIND and C-MOVE to a port of ours, or by DICOMweb."""

from __future__ import annotations

import io
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, UsageError
from probes.health.formats import dicom
from probes.health.formats.forms import Answer
from probes.health.formats.objects import KINDS, uid
from probes.health.live.transport import Outgoing, Piece
from probes.health.live.web import Web, checking
from probes.health.plans.settings import DicomSettings

_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
_ECHO = "1.2.840.10008.1.1"
_PENDING = {0xFF00, 0xFF01}
_KEYS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "PatientID")
_PAGE = 100
_SUFFIX = re.compile(rb'boundary="?([^";\r\n]+)"?')


class DicomTransport:
    """One node; an association that is kept while records are sent."""

    def __init__(self, settings: DicomSettings, folder: Path) -> None:
        """Nothing is opened yet; UsageError where the libraries are not installed."""
        try:
            from pynetdicom import AE
        except ImportError:
            msg = "DICOM needs pydicom and pynetdicom."
            raise UsageError(msg, cure="pip install 'yanshou[dicom]'.") from None
        self._settings = settings
        self._tls = None if settings.tls is None else folder / settings.tls
        self._entity = AE(ae_title=settings.calling)
        for each in (_ECHO, _FIND, _MOVE, *KINDS):
            self._entity.add_requested_context(each)
        seconds = float(settings.timeout)
        self._entity.acse_timeout = self._entity.dimse_timeout = self._entity.network_timeout = seconds
        self._entity.connection_timeout = seconds
        token = "" if settings.token is None else settings.token.text("the token of DICOMweb")
        self._web = None if settings.web is None else Web(settings.web, seconds, token, self._tls)
        self._association: Any = None

    def greet(self, run: str) -> None:  # noqa: ARG002 - the interface of every carrier
        """C-ECHO; InstrumentError says whether nobody answers or the association is refused."""
        try:
            status = self._open().send_c_echo()
        except OSError as error:
            msg = f"The DICOM node {self._settings.place} takes no association: {error}."
            cure = "check that it runs, its port, and that it knows both application entity titles."
            raise InstrumentError(msg, cure=cure) from None
        if not status or status.Status != 0:
            msg = f"The DICOM node {self._settings.place} does not answer C-ECHO."
            raise InstrumentError(msg, cure="check that it is a DICOM node.")
        if self._web is not None:
            try:
                reply = self._web.ask("GET", "studies?limit=1", headers={"Accept": "application/dicom+json"})
            except OSError as error:
                msg = f"No DICOMweb answers at {self._web.url}: {error}."
                raise InstrumentError(msg, cure="check its address and the token.") from None
            if reply.status not in {200, 204}:
                msg = f"DICOMweb at {self._web.url} answers {reply.status}."
                raise InstrumentError(msg, cure="check its address and the token.")

    def send(self, record: Outgoing) -> Answer:
        """C-STORE; ConnectionError where there is no answer to it."""
        status = self._calling(lambda peer: peer.send_c_store(dicom.dataset(record.body)))
        return Answer(int(status.Status), b"")

    def look(self, record: Outgoing) -> bytes | None:
        """The instance in the node's list."""
        rows = self._list(record.run, record.identifier)
        return json.dumps(rows).encode() if rows else None

    def inventory(self, run: str) -> Iterator[Piece]:
        """The instances of the run's study page by page, and each object as the node gives it out."""
        rows: list[dict[str, Any]] = []
        for page in self._pages(run):
            rows += page
            yield Piece("", json.dumps(page).encode())
        handles = list(dict.fromkeys(each.handle for each in dicom.page(json.dumps(rows).encode()).entries))
        if self._web is not None:
            for each in handles:
                yield Piece(each, self._object(each))
        elif handles:
            got = self._moved(run)
            yield from (Piece(each, got[each.rpartition("/")[2]]) for each in handles if each.rpartition("/")[2] in got)

    def close(self) -> None:
        """Release the association."""
        if self._association is not None:
            self._association.release() if self._association.is_established else self._association.abort()
        self._association = None
        if self._web is not None:
            self._web.close()

    def _open(self) -> Any:
        if self._association is None or not self._association.is_established:
            given = self._settings
            if not self._listening():
                raise ConnectionRefusedError("nobody answers")
            secured = None if self._tls is None else (checking(self._tls), given.tcp.host)
            made = self._entity.associate(*given.tcp, ae_title=given.called, tls_args=secured)
            if not made.is_established:
                raise ConnectionRefusedError("it is refused")
            self._association = made
        return self._association

    def _listening(self) -> bool:
        """Whether somebody is at the port at all: a node that rejects an association may look like nobody."""
        try:
            socket.create_connection(self._settings.tcp, float(self._settings.timeout)).close()
        except OSError:
            return False
        return True

    def _calling(self, ask: Any) -> Any:
        try:
            status = ask(self._open())
        except (ValueError, RuntimeError) as error:  # the context was refused, or the association is gone
            self._drop()
            raise ConnectionError(str(error)) from None
        if not status:
            self._drop()
            raise ConnectionResetError("the association is gone")
        return status

    def _drop(self) -> None:
        if self._association is not None:
            self._association.abort()
        self._association = None

    def _pages(self, run: str) -> Iterator[list[dict[str, Any]]]:
        if self._web is None:
            yield self._find(run, "")
            return
        offset, before = 0, None
        while True:
            page = self._qido(f"studies/{uid(run)}/instances?limit={_PAGE}&offset={offset}")
            if page and page == before:
                raise ConnectionError("its pages repeat themselves")
            yield page
            if len(page) < _PAGE:
                return
            offset, before = offset + len(page), page

    def _list(self, run: str, instance: str) -> list[dict[str, Any]]:
        if self._web is None:
            return self._find(run, instance)
        return self._qido(f"instances?StudyInstanceUID={uid(run)}&SOPInstanceUID={instance}")

    def _find(self, run: str, instance: str) -> list[dict[str, Any]]:
        """C-FIND at the level of images, as DICOM JSON with nothing but the keys."""
        from pydicom.dataset import Dataset

        asked = Dataset()
        asked.QueryRetrieveLevel = "IMAGE"
        for each in _KEYS:
            setattr(asked, each, "")
        asked.StudyInstanceUID, asked.SOPInstanceUID = uid(run), instance
        asked.SeriesInstanceUID = ""
        rows = []
        last = None
        for status, found in self._find_answers(asked):
            last = status.Status if status else None
            if last in _PENDING and found is not None:
                rows.append({key: value for key, value in found.to_json_dict().items() if key in _TAGS})
        if last != 0:
            self._drop()
            msg = "C-FIND ends without an answer" if last is None else f"C-FIND ends with {last:#06x}"
            raise ConnectionError(msg)
        return rows

    def _find_answers(self, asked: Any) -> Iterator[Any]:
        try:
            yield from self._open().send_c_find(asked, _FIND)
        except (ValueError, RuntimeError) as error:
            self._drop()
            raise ConnectionError(str(error)) from None

    def _qido(self, path: str) -> list[dict[str, Any]]:
        assert self._web is not None  # noqa: S101 - who calls looked
        reply = self._web.ask("GET", path, headers={"Accept": "application/dicom+json"})
        if reply.status == 204 or (reply.status == 404 and path.startswith("studies/")):
            return []
        if reply.status != 200:
            msg = f"QIDO answers {reply.status}"
            raise ConnectionError(msg)
        try:
            rows = json.loads(reply.body or b"[]")
        except ValueError:
            raise ConnectionError("QIDO does not answer in JSON") from None
        return [{key: value for key, value in row.items() if key in _TAGS} for row in rows]

    def _object(self, handle: str) -> bytes:
        """An instance by WADO-RS, in its transfer syntax as it is stored."""
        assert self._web is not None  # noqa: S101 - who calls looked
        study, series, instance = handle.split("/")
        path = f"studies/{study}/series/{series}/instances/{instance}"
        reply = self._web.ask("GET", path, headers={"Accept": 'multipart/related; type="application/dicom"'})
        boundary = _SUFFIX.search(reply.headers.get("content-type", "").encode())
        if reply.status != 200 or boundary is None:
            msg = f"WADO answers {reply.status}"
            raise ConnectionError(msg)
        part = reply.body.partition(b"--" + boundary[1])[2].partition(b"\r\n\r\n")[2]
        return part.rpartition(b"\r\n--" + boundary[1])[0]

    def _moved(self, run: str) -> dict[str, bytes]:
        """Every object of the study by C-MOVE, as it came in at our port."""
        from pydicom.dataset import Dataset

        asked = Dataset()
        asked.QueryRetrieveLevel, asked.StudyInstanceUID = "STUDY", uid(run)
        with self._taking() as got:
            last = None
            try:
                for status, _ in self._open().send_c_move(asked, self._settings.calling, _MOVE):
                    last = status.Status if status else None
            except (ValueError, RuntimeError) as error:
                self._drop()
                raise ConnectionError(str(error)) from None
            if last != 0:
                self._drop()
                msg = "C-MOVE ends without an answer" if last is None else f"C-MOVE ends with {last:#06x}"
                raise ConnectionError(msg)
            return dict(got)

    @contextmanager
    def _taking(self) -> Iterator[dict[str, bytes]]:
        """Our own storage, while objects are moved to it."""
        from pynetdicom import AE, evt
        from pynetdicom.presentation import StoragePresentationContexts

        got: dict[str, bytes] = {}

        def keep(event: Any) -> int:
            found = event.dataset
            found.file_meta = event.file_meta
            out = io.BytesIO()
            found.save_as(out, enforce_file_format=True)
            got[str(found.SOPInstanceUID)] = out.getvalue()
            return 0

        entity = AE(ae_title=self._settings.calling)
        entity.supported_contexts = StoragePresentationContexts
        try:
            server: Any = entity.start_server(
                ("", self._settings.move_port or 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)]
            )
        except OSError as error:
            msg = f"Our port {self._settings.move_port} cannot be opened: {error}."
            raise InstrumentError(msg, cure="write another move_port:, and tell it to the peer.") from None
        try:
            yield got
        finally:
            server.shutdown()


_TAGS = {"0020000D", "0020000E", "00080018", "00100020"}
"""What of a list is kept: study, series, instance, patient."""
