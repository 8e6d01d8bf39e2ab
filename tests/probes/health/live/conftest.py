# SPDX-License-Identifier: Apache-2.0
"""Receivers of others on loopback, each a process that a test may kill, and what a run came to."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.model import Judgement, Outcome
from harness.testing import MemorySink, Question, answer, inputs_of, record
from tests.ports import free_port
from tests.probes.health.measurands.test_exchange import LOST as STRICT
from tests.probes.health.measurands.test_exchange import codes
from tests.waiting import gone, in_time, listening

LOST = replace(STRICT, practice=True)
"""On loopback everything is a rehearsal."""
__all__ = ["LOST", "codes"]
MLLP_PEER = Path(__file__).with_name("mllp_peer.py")
QUICK: Mapping[str, Any] = {"every": "5 ms", "settle": "3 s", "patience": "20 s", "timeout": "5 s"}


@dataclass
class Peer:
    """A process that listens at a port, started and killed as often as a test likes."""

    command: list[str]
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

        def there() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text(errors="replace")[-2000:]
            return listening(self.port)

        assert in_time(there), self.log.read_text(errors="replace")[-2000:]

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            gone(self.process)
        self.process = None


@pytest.fixture
def patients(tmp_path: Path) -> Path:
    path = tmp_path / "patients.csv"
    path.write_text("患者标识,姓名\nTEST-0001,测试患者01\nTEST-0002,测试患者02\n", "utf-8")
    return path


@pytest.fixture
def mllp(tmp_path: Path) -> Iterator[Callable[..., tuple[Peer, dict[str, Any]]]]:
    """Starts the receiver of the package hl7; gives it, and the settings that lead to it."""
    started: list[Peer] = []

    def begin(code: str = "AA", certificate: Path | None = None) -> tuple[Peer, dict[str, Any]]:
        port, held = free_port(), tmp_path / "received.hl7"
        command = [
            sys.executable,
            str(MLLP_PEER),
            str(port),
            str(held),
            code,
            *([str(certificate)] if certificate else []),
        ]
        peer = Peer(command, port, tmp_path / "mllp.log")
        started.append(peer)
        peer.start()
        return peer, {"mllp": f"127.0.0.1:{port}", "list": str(held)}

    yield begin
    for each in started:
        each.kill()


@dataclass
class Orthanc:
    """Debian's Orthanc with its DICOMweb."""

    peer: Peer
    dicom: int
    web: int
    move: int

    @property
    def by_web(self) -> dict[str, Any]:
        return {"tcp": f"127.0.0.1:{self.dicom}", "called": "ORTHANC", "web": f"http://127.0.0.1:{self.web}/dicom-web"}

    @property
    def by_move(self) -> dict[str, Any]:
        return {"tcp": f"127.0.0.1:{self.dicom}", "called": "ORTHANC", "move_port": self.move}


@pytest.fixture(scope="module")
def orthanc(peer: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    program, folder = peer("Orthanc"), tmp_path_factory.mktemp("orthanc")
    plugin = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
    if not plugin.exists():
        peer("orthanc-dicomweb")
    dicom, web, move = free_port(), free_port(), free_port()
    config = {
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "Plugins": [str(plugin)],
        "HttpPort": web,
        "DicomPort": dicom,
        "DicomAet": "ORTHANC",
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomModalities": {"us": ["YANSHOU", "127.0.0.1", move]},
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(config))
    found = Orthanc(Peer([program, str(folder / "orthanc.json")], web, folder / "log"), dicom, web, move)
    found.peer.start()
    yield found
    found.peer.kill()


@pytest.fixture
def dcmtk(peer: Callable[[str], str], tmp_path: Path) -> Iterator[dict[str, Any]]:
    """dcmtk's archive, which is found by C-FIND and gives out by C-MOVE."""
    program, port, move, store = peer("dcmqrscp"), free_port(), free_port(), tmp_path / "store"
    store.mkdir()
    config = tmp_path / "dcmqrscp.cfg"
    config.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"HostTable BEGIN\nyanshou = (YANSHOU, 127.0.0.1, {move})\nHostTable END\n"
        "VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nPACS {store} RW (200, 1024mb) ANY\nAETable END\n"
    )
    found = Peer([program, "-c", str(config)], port, tmp_path / "dcmqrscp.log")
    found.start()
    yield {"tcp": f"127.0.0.1:{port}", "called": "PACS", "move_port": move}
    found.kill()


@pytest.fixture
def fhir_server(tmp_path: Path, package: Callable[[str], None]) -> Iterator[tuple[Peer, dict[str, Any]]]:
    """A FHIR R4 server of another project, which checks what it is given against models of its own and keeps it in SQLite."""
    package("sekmet")
    port, folder = free_port(), tmp_path / "sekmet"
    folder.mkdir()
    settings = {
        "base_url": f"http://127.0.0.1:{port}/fhir",
        "host": "127.0.0.1",
        "port": port,
        "data_dir": str(folder / "data"),
        "own_private_key_path": str(folder / "key.pem"),
        "simulator": {"enabled": False},
        "validation": {"inbound": "strict"},
    }
    (folder / "settings.yaml").write_text(json.dumps(settings))
    serve = "from sekmet.cli import app; app()"
    command = [sys.executable, "-c", serve, "serve", "--config", str(folder / "settings.yaml")]
    found = Peer(command, port, folder / "log")
    found.start()
    yield found, {"url": settings["base_url"]}
    found.kill()


@dataclass
class Ran:
    """A run as it was recorded, and what it came to."""

    sink: MemorySink
    outcome: Outcome
    judgement: Judgement

    @property
    def value(self) -> float:
        assert self.outcome.estimate is not None, [each.text.en for each in self.judgement.reasons]
        return float(self.outcome.estimate.value)


def ran(
    transport: str, folder: Path, given: Mapping[str, Any], asked: Question = LOST, sink: MemorySink | None = None
) -> Ran:
    """Record with these settings, and judge the bytes."""
    probe = installed.probe(f"health.{transport}")
    made = {"patients": "patients.csv", **QUICK, **given}
    kept = record(probe, made, folder, sink)
    return judged(transport, folder, made, kept, asked)


def judged(transport: str, folder: Path, given: Mapping[str, Any], kept: MemorySink, asked: Question = LOST) -> Ran:
    """What was recorded, judged."""
    probe = installed.probe(f"health.{transport}")
    place = folder / f"trace-{time.monotonic_ns()}"
    made = {"patients": "patients.csv", **QUICK, **given}
    return Ran(kept, *answer(inputs_of(probe, kept.data, asked, place, made), asked))
