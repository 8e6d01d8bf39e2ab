# SPDX-License-Identifier: Apache-2.0
"""Real receivers: hl7's MLLP server, SEKMET's FHIR server, Debian's Orthanc, WsgiDAV; killed in the middle, nothing is lost and nothing comes twice."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness import installed
from harness.errors import InstrumentError
from harness.testing import MemorySink, record
from tests.probes.health.live.conftest import Orthanc, Peer, codes, judged, ran
from tests.waiting import joined

pytestmark = pytest.mark.timeout(120)
Begin = Callable[..., tuple[Peer, dict[str, Any]]]


class Killing(MemorySink):
    """A sink that has the peer killed once ``after`` receipts came, and started again a little later."""

    def __init__(self, peer: Peer, after: int) -> None:
        super().__init__()
        self.peer, self.after, self.receipts = peer, after, 0
        self.again: threading.Thread | None = None

    def write(self, data: bytes) -> None:
        super().write(data)
        self.receipts += b'"receipt"' in data
        if self.receipts == self.after and self.again is None:
            self.peer.kill()
            self.again = threading.Thread(target=self.restart)
            self.again.start()

    def restart(self) -> None:
        time.sleep(0.3)
        self.peer.start()


def test_messages_reach_a_receiver_of_another_project(mllp: Begin, tmp_path: Path, patients: Path) -> None:
    found = ran("hl7", patients.parent, {"count": 60, **mllp()[1]})
    assert (found.judgement.verdict, found.value) == ("PASS", 0)
    assert found.outcome.effort["items"] == 60


def test_a_receiver_of_messages_killed_in_the_middle_loses_and_doubles_nothing(mllp: Begin, patients: Path) -> None:
    peer, given = mllp()
    sink = Killing(peer, 20)
    found = ran("hl7", patients.parent, {"count": 60, **given}, sink=sink)
    assert sink.again is not None
    assert (found.judgement.verdict, found.value) == ("PASS", 0)
    assert "outages" in codes(found.outcome)
    assert "health.peer-lost" in {kind for kind, _ in sink.events}


def test_resources_reach_a_server_of_another_project(fhir_server: tuple[Peer, Any], patients: Path) -> None:
    found = ran("fhir", patients.parent, {"count": 120, **fhir_server[1]})
    assert (found.judgement.verdict, found.value) == ("PASS", 0), codes(found.outcome)
    assert found.outcome.effort["items"] == 120


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(fhir_server: tuple[Peer, Any], patients: Path) -> None:
    sink = Killing(fhir_server[0], 20)
    found = ran("fhir", patients.parent, {"count": 60, **fhir_server[1]}, sink=sink)
    assert sink.again is not None
    assert (found.judgement.verdict, found.value) == ("PASS", 0), codes(found.outcome)
    assert "outages" in codes(found.outcome)


def certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1 that signs itself, and its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hospital")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "hospital.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


def test_messages_go_over_tls_to_the_hospital_that_the_profile_trusts(mllp: Begin, patients: Path) -> None:
    path = certificate(patients.parent)
    given = {"count": 10, **mllp("AA", path)[1], "tls": path.name}
    assert ran("hl7", patients.parent, given).judgement.verdict == "PASS"
    other = patients.parent / "other"
    other.mkdir()
    with pytest.raises(InstrumentError, match="CERTIFICATE_VERIFY_FAILED"):
        ran("hl7", patients.parent, {**given, "tls": f"other/{certificate(other).name}"})


@pytest.mark.parametrize(("code", "told"), [("AE", 3), ("AR", 1)])
def test_what_a_receiver_refuses_is_told_and_not_sent_for_ever(
    mllp: Begin, patients: Path, code: str, told: int
) -> None:
    found = ran("hl7", patients.parent, {"count": 2, **mllp(code)[1]})
    receipts = sum(b'"receipt"' in each for each in found.sink.data.splitlines())
    assert receipts <= 2 * told
    assert "not-accepted" in codes(found.outcome)


def test_objects_reach_orthanc_and_come_back_by_the_web(orthanc: Orthanc, patients: Path) -> None:
    found = ran("dicom", patients.parent, {"count": 6, "every": "50 ms", **orthanc.by_web})
    assert (found.judgement.verdict, found.value) == ("PASS", 0)


def test_objects_come_back_by_move(orthanc: Orthanc, patients: Path) -> None:
    found = ran("dicom", patients.parent, {"count": 4, "every": "50 ms", **orthanc.by_move})
    assert (found.judgement.verdict, found.value) == ("PASS", 0)


def test_objects_come_back_from_the_archive_of_dcmtk(dcmtk: dict[str, Any], patients: Path) -> None:
    found = ran("dicom", patients.parent, {"count": 4, "every": "50 ms", **dcmtk})
    assert (found.judgement.verdict, found.value) == ("PASS", 0)


def test_an_association_that_is_refused_is_one_sentence(orthanc: Orthanc, patients: Path) -> None:
    given = {"patients": patients.name, **orthanc.by_web, "called": "NOBODY"}
    with pytest.raises(InstrumentError, match="takes no association: it is refused") as told:
        record(installed.probe("health.dicom"), given, patients.parent)
    assert "application entity titles" in told.value.cure


def test_orthanc_killed_in_the_middle_loses_and_doubles_nothing(orthanc: Orthanc, patients: Path) -> None:
    sink = Killing(orthanc.peer, 4)
    found = ran("dicom", patients.parent, {"count": 10, "every": "50 ms", **orthanc.by_web}, sink=sink)
    assert sink.again is not None
    joined(sink.again)
    assert (found.judgement.verdict, found.value) == ("PASS", 0)


@pytest.fixture
def folder_on_web(tmp_path: Path) -> Iterator[str]:
    """A WebDAV folder by WsgiDAV."""
    from cheroot.wsgi import Server
    from wsgidav.wsgidav_app import WsgiDAVApp

    (tmp_path / "documents").mkdir()
    config = {
        "provider_mapping": {"/": str(tmp_path / "documents")},
        "simple_dc": {"user_mapping": {"*": True}},
        "verbose": 0,
        "logging": {"enable": False},
    }
    server = Server(("127.0.0.1", 0), WsgiDAVApp(config))
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.bind_addr[1]}"
    server.stop()
    joined(thread)


def test_documents_reach_a_folder_of_another_project(folder_on_web: str, patients: Path) -> None:
    found = ran("cda", patients.parent, {"count": 40, "url": folder_on_web})
    assert (found.judgement.verdict, found.value) == ("PASS", 0)


def test_a_copy_under_another_name_is_found_and_what_stood_there_before_is_nobodys(
    folder_on_web: str, patients: Path
) -> None:
    documents = patients.parent / "documents"
    (documents / "of-last-year.xml").write_text("<other/>", encoding="utf-8")

    class Copying(MemorySink):
        def write(self, data: bytes) -> None:
            super().write(data)
            if b'"look"' in data and not (documents / "aside.xml").exists():
                made = next(documents.glob("*-000*.xml"))
                (documents / "aside.xml").write_bytes(made.read_bytes())

    found = ran("cda", patients.parent, {"count": 10, "url": folder_on_web}, sink=Copying())
    assert (found.judgement.verdict, found.value) == ("FAIL", 1)
    assert "foreign" not in codes(found.outcome)


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(mllp: Begin, patients: Path) -> None:
    given = {"count": 60, "patients": patients.name, "every": "5 ms", "settle": "2 s", **mllp()[1]}
    first = record(installed.probe("health.hl7"), given, patients.parent, MemorySink(enough=30_000))
    assert first.states
    second = MemorySink(state=first.states[0])  # as after a kill: only the first checkpoint is left
    record(installed.probe("health.hl7"), given, patients.parent, second)
    second.segments[0:0] = first.segments
    found = judged("hl7", patients.parent, given, second)
    assert (found.judgement.verdict, found.value) == ("PASS", 0)
    assert found.outcome.effort["items"] == 60
