# SPDX-License-Identifier: Apache-2.0
"""A simulated hospital on loopback: MLLP with a list on the web, a FHIR R4 server for observations, a WebDAV folder of documents."""

from __future__ import annotations

import json
import socketserver
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from harness.kit.unreadable import UnreadableError
from probes.health.formats import fhir, hl7
from probes.health.simulators.store import HospitalSettings, Kept, Store

_PIECE = 1 << 16


@contextmanager
def hospital(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``mllp``, ``list``, ``fhir``, ``documents``, and the path of ``patients``, the list of test patients."""
    settings = HospitalSettings.parse(config)
    stores = {each: Store(settings) for each in ("hl7", "fhir", "cda")}
    with ExitStack() as open_now:
        web = open_now.enter_context(_serving(_Web(stores)))
        messages = open_now.enter_context(_serving(_Mllp(stores["hl7"])))
        scratch = open_now.enter_context(tempfile.TemporaryDirectory())
        patients = Path(scratch, "patients.csv")
        rows = "".join(f"TEST-{at:04d},测试患者{at:02d}\n" for at in range(1, settings.patients + 1))
        patients.write_text(f"患者标识,姓名\n{rows}", "utf-8")
        yield {
            "mllp": f"127.0.0.1:{messages}",
            "list": f"http://127.0.0.1:{web}/messages",
            "fhir": f"http://127.0.0.1:{web}/fhir",
            "documents": f"http://127.0.0.1:{web}/documents",
            "patients": str(patients),
        }


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield int(str(server.server_address[1]))
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Web(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stores: Mapping[str, Store]) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.stores = stores

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our business."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Web

    def do_GET(self) -> None:
        self._handle(self._get)

    def do_POST(self) -> None:
        self._handle(self._create)

    def do_PUT(self) -> None:
        self._handle(self._put)

    def do_PROPFIND(self) -> None:
        self._handle(self._folder)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _handle(self, work: Any) -> None:
        """Serve, unless this carrier is out of reach: then the connection just ends."""
        path = urlsplit(self.path).path
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        self.name = {"messages": "hl7", "fhir": "fhir", "documents": "cda"}.get(path.split("/")[1], "")
        store = self.server.stores.get(self.name)
        if store is None:
            self._answer(404, b"")
        elif store.out:
            self.close_connection = True
        else:
            work(store, path)

    def _get(self, store: Store, path: str) -> None:
        if self.name == "hl7":
            self._answer(200, b"".join(each.body for each in store.found()), "x-application/hl7-v2+er7")
        elif self.name == "cda":
            kept = next((each for each in store.found() if path == f"/documents/{each.handle}"), None)
            self._answer(404 if kept is None else 200, b"" if kept is None else kept.body, "application/xml")
        elif path == "/fhir/metadata":
            self._json(200, {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "status": "active"})
        else:
            self._search(store)

    def _create(self, store: Store, path: str) -> None:
        try:
            made = fhir.record(self.body)
        except UnreadableError:
            made = None
        if path != f"/fhir/{'' if made is None else made.kind}" or made is None:
            issue = [{"severity": "error", "code": "invalid"}]
            self._json(400, {"resourceType": "OperationOutcome", "issue": issue})
            return
        new = store.take(made.identifier, self.body)
        self._answer(
            201 if new else 200, b"", "application/fhir+json", {"Location": f"/fhir/{made.kind}/{made.identifier}"}
        )

    def _search(self, store: Store) -> None:
        query = {key: values[-1] for key, values in parse_qs(urlsplit(self.path).query).items()}
        identifier, tag = query.get("identifier", "").rpartition("|")[2], query.get("_tag", "").rpartition("|")[2]
        found = [
            each
            for each in store.found()
            if (identifier and each.handle.removesuffix("-copy") == identifier) or (tag and tag in each.handle)
        ]
        size, at = min(int(query.get("_count", 20)), store.settings.page), int(query.get("page", 0))
        entries = b",".join(map(_entry, found[at * size : (at + 1) * size]))
        self_url = f"http://{self.headers.get('Host')}{urlsplit(self.path).path}"
        asked = "&".join(f"{key}={value}" for key, value in query.items() if key != "page")
        more = (at + 1) * size < len(found)
        link = [{"relation": "next", "url": f"{self_url}?{asked}&page={at + 1}"}] if more else []
        head = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": link}
        self._answer(200, json.dumps(head)[:-1].encode() + b',"entry":[' + entries + b"]}", "application/fhir+json")

    def _put(self, store: Store, path: str) -> None:
        self._answer(201 if store.take(path.rpartition("/")[2], self.body) else 204, b"")

    def _folder(self, store: Store, _path: str) -> None:
        hrefs = ["/documents/", *(f"/documents/{each.handle}" for each in store.found())]
        rows = "".join(
            f"<D:response><D:href>{escape(each)}</D:href><D:propstat><D:prop><D:resourcetype>"
            f"{'<D:collection/>' if each.endswith('/') else ''}</D:resourcetype></D:prop>"
            "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            for each in hrefs
        )
        self._answer(207, f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{rows}</D:multistatus>'.encode())

    def _json(self, status: int, made: Mapping[str, Any]) -> None:
        self._answer(status, json.dumps(made).encode(), "application/fhir+json")

    def _answer(
        self, status: int, body: bytes, kind: str = "text/plain", more: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for key, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(more or {})}.items():
            if status != 204 or key != "Content-Length":
                self.send_header(key, value)
        with suppress(OSError):
            self.end_headers()
            self.wfile.write(body)


def _entry(kept: Kept) -> bytes:
    """An entry: the server adds an id of its own and its meta, as the standard lets it."""
    body = kept.body.replace(b'"meta": {', b'"id": "' + kept.handle.encode() + b'", "meta": {"versionId": "1", ', 1)
    url = json.dumps(f"urn:hospital:{kept.handle}").encode()
    return b'{"fullUrl":' + url + b',"resource":' + body + b',"search":{"mode":"match"}}'


class _Mllp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, store: Store) -> None:
        super().__init__(("127.0.0.1", 0), _Messages)
        self.store = store

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our business."""


class _Messages(socketserver.BaseRequestHandler):
    server: _Mllp

    def handle(self) -> None:
        """Acknowledge message after message."""
        data = b""
        while part := self.request.recv(_PIECE):
            if self.server.store.out:
                return
            found, data = hl7.unframed(data + part)
            for each in found:
                made = hl7.record(each)
                self.server.store.take(made.identifier, each)
                self.request.sendall(hl7.framed(acknowledged(made.identifier, "AA")))


def acknowledged(identifier: str, code: str) -> bytes:
    """An ACK for a message."""
    return (
        f"MSH|^~\\&|HIS|HOSPITAL|YANSHOU|AMBULANCE|20260101000000||ACK|A{identifier}|T|2.5.1\rMSA|{code}|{identifier}\r"
    ).encode()
