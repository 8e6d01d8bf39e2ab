# SPDX-License-Identifier: Apache-2.0
"""A FHIR server that misbehaves: 200 with an error, pages in a circle, a stranger in the list, another server, silence."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.errors import InstrumentError
from harness.kit.unreadable import UnusableError
from harness.testing import record
from probes.health.simulators.store import HospitalSettings, Store
from tests.ports import free_port
from tests.probes.health.live.conftest import codes, ran
from tests.probes.health.made import Exchanged, body

pytestmark = pytest.mark.timeout(120)
Answer = tuple[int, bytes]
Handler = Callable[["Hospital", str, str, bytes], Answer | None]
CAPABILITY = json.dumps({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}).encode()
ERROR = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing"}]}'


class Hospital:
    """A server that keeps what it is sent; ``spoils`` may answer in its stead."""

    def __init__(self, spoils: Handler) -> None:
        self.kept: list[bytes] = []
        self.spoils = spoils

    def answer(self, method: str, path: str, data: bytes) -> Answer:
        spoilt = self.spoils(self, method, path, data)
        if spoilt is not None:
            return spoilt
        if path.endswith("/metadata"):
            return 200, CAPABILITY
        if method == "POST":
            self.kept.append(data)
            return 201, b""
        wanted = [each for each in self.kept if "identifier=" not in path or path.rpartition("%7C")[2].encode() in each]
        return 200, Exchanged("fhir").answered(wanted, len(wanted))


@pytest.fixture
def serving() -> Iterator[Callable[[Handler], dict[str, Any]]]:
    servers: list[ThreadingHTTPServer] = []

    def begin(spoils: Handler) -> dict[str, Any]:
        hospital = Hospital(spoils)

        class Request(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answered = hospital.answer(self.command, self.path, data)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answered)))
                self.end_headers()
                self.wfile.write(answered)

            do_POST = do_GET  # noqa: N815 - as the base class has it

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return {"url": f"http://127.0.0.1:{server.server_port}/fhir", "count": 8, "settle": "300 ms", "patience": "1 s"}

    yield begin
    for each in servers:
        each.shutdown()
        each.server_close()


def test_a_server_that_does_as_it_should_passes(serving: Any, patients: Path) -> None:
    assert ran("fhir", patients.parent, serving(lambda *_: None)).judgement.verdict == "PASS"


def test_a_200_with_an_error_is_no_receipt(serving: Any, patients: Path) -> None:
    def spoils(hospital: Hospital, method: str, _path: str, _data: bytes) -> Answer | None:
        return (200, ERROR) if method == "POST" and len(hospital.kept) == 3 else None

    found = ran("fhir", patients.parent, serving(spoils))
    assert found.judgement.verdict in {"FAIL", "INCONCLUSIVE"}
    assert found.value == 5
    assert "not-accepted" in codes(found.outcome)


def test_a_record_that_comes_back_changed_or_twice_is_found(serving: Any, patients: Path) -> None:
    def spoils(hospital: Hospital, method: str, _path: str, data: bytes) -> Answer | None:
        if method == "POST" and len(hospital.kept) == 2:
            hospital.kept += [data, data.replace(b"TEST RECORD", b"TEST RECORE")]
            return 201, b""
        return None

    found = ran("fhir", patients.parent, serving(spoils))
    assert (found.judgement.verdict, found.value) == ("FAIL", 1)


def test_a_stranger_in_the_list_is_kept_out_of_the_bundle(serving: Any, patients: Path) -> None:
    def spoils(hospital: Hospital, _method: str, path: str, _data: bytes) -> Answer | None:
        stranger = body("fhir", 1).replace(b"TEST-0002", b"P-77").replace("测试患者02".encode(), "王小明".encode())
        return (200, Exchanged("fhir").answered([*hospital.kept, stranger])) if "_tag" in path else None

    found = ran("fhir", patients.parent, serving(spoils))
    assert found.judgement.verdict == "INVALID"
    assert b"P-77" not in found.sink.data
    assert "王小明".encode() not in found.sink.data
    assert b"\\u738b\\u5c0f\\u660e" not in found.sink.data
    assert ("health.foreign", 1) in {(kind, facts.get("count")) for kind, facts in found.sink.events}


@pytest.mark.parametrize("circle", [True, False])
def test_pages_that_lead_astray_are_no_list(serving: Any, patients: Path, circle: bool) -> None:
    def spoils(_hospital: Hospital, _method: str, path: str, _data: bytes) -> Answer | None:
        if "_tag" not in path:
            return None
        url = path if circle else f"http://127.0.0.1:{free_port()}{path}"
        bundle = {"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": url}]}
        return 200, json.dumps(bundle).encode()

    found = ran("fhir", patients.parent, serving(spoils))
    assert found.judgement.verdict == "INCONCLUSIVE"
    assert "no-list" in codes(found.outcome)
    assert "health.list-missing" in {kind for kind, _ in found.sink.events}


@pytest.mark.parametrize(
    ("told", "words"), [((200, b"<html>"), "not as a FHIR R4 server"), ((401, b"{}"), "answers 401")]
)
def test_what_is_no_fhir_server_is_refused_before_anything_is_sent(
    serving: Any, patients: Path, told: Answer, words: str
) -> None:
    given = {"patients": patients.name, **serving(lambda *_: told)}
    with pytest.raises(InstrumentError, match=words):
        record(installed.probe("health.fhir"), given, patients.parent)


@pytest.mark.parametrize("transport", ["hl7", "fhir", "cda", "dicom"])
def test_nobody_at_the_port_is_one_sentence(patients: Path, transport: str) -> None:
    where = f"127.0.0.1:{free_port()}"
    given: dict[str, Any] = {
        "hl7": {"mllp": where, "list": "received.hl7"},
        "fhir": {"url": f"http://{where}"},
        "cda": {"url": f"http://{where}"},
        "dicom": {"tcp": where, "called": "PACS", "move_port": free_port()},
    }[transport]
    with pytest.raises(InstrumentError, match=r"answers at|nobody answers") as told:
        record(installed.probe(f"health.{transport}"), {"patients": patients.name, **given}, patients.parent)
    assert told.value.cure


def test_a_list_with_a_real_person_is_refused_with_its_line(patients: Path) -> None:
    patients.write_text("患者标识,姓名\nTEST-1,张三\n", "utf-8")
    given = {"patients": patients.name, "url": "http://127.0.0.1:9/fhir"}
    with pytest.raises(UnusableError, match="does not say that it is a test patient") as told:
        record(installed.probe("health.fhir"), given, patients.parent)
    assert told.value.where == "patients.csv:2"


def test_a_simulated_hospital_draws_its_faults_once_each() -> None:
    faults = Store(HospitalSettings(count=50, lost=3, doubled=2, altered=1, late=4)).faults
    assert sorted(faults.values()) == ["altered"] + ["doubled"] * 2 + ["late"] * 4 + ["lost"] * 3
