# SPDX-License-Identifier: Apache-2.0
"""Modems on a serial line, over TCP, in ModemManager and in CPEs are asked, and what they said is kept and read."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from harness.errors import DecodeError, InstrumentError, SpecError
from harness.plugins import Asked, Trace
from harness.testing import MemorySink, check_probe, record
from probes.network.instruments.radio import EXPORT, PROBE
from probes.network.simulators.modems import script, simulate
from probes.network.traces.radio import SILENT, Poll, read_export
from probes.network.wire.radio import LTE, NONE, NSA, OTHER, SA, UNKNOWN
from tests.waiting import gone, joined, until

IMEI = "001010000000016"


def heard(sink: MemorySink, folder: Path) -> list[Poll]:
    path = folder / "0001.jsonl"
    path.write_bytes(sink.data)
    trace = Trace("s01.nodes", "x", PROBE.name, 1, (path,), None)
    polls = [poll for chunk in PROBE.chunks(trace) for poll in PROBE.summarise(chunk, Asked()).polls]
    return sorted(polls, key=lambda each: each.time_ns)


@pytest.fixture
def line(peer, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Two ends of a serial line made by socat."""
    ends = tmp_path / "modem", tmp_path / "port"
    process = subprocess.Popen([peer("socat"), *(f"pty,raw,echo=0,link={end}" for end in ends)])
    until(lambda: all(end.exists() for end in ends), otherwise="socat made no line")
    yield ends
    process.terminate()
    gone(process)


def speak(end: Path, told: Mapping[str, str], over: threading.Event) -> None:
    """A modem at the end of a line: answers with echo and unasked lines, ERROR for what it does not know."""
    file = os.open(end, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    kept = b""
    while not over.is_set():
        try:
            kept += os.read(file, 4096)
        except BlockingIOError:
            time.sleep(0.005)
        while b"\r" in kept:
            command, _, kept = kept.partition(b"\r")
            answer = told.get(command.decode())
            text = "\r\nERROR\r\n" if answer is None else f"\r\nRING\r\n{answer}\r\nOK\r\n\r\n+CEREG: 1\r\n"
            os.write(file, command + b"\r" + text.encode())
    os.close(file)


def test_a_modem_on_a_serial_line_is_asked_again_and_again(line: tuple[Path, Path], tmp_path: Path) -> None:
    modem, port = line
    over = threading.Event()
    thread = threading.Thread(target=speak, args=(modem, script("sa", 1, "10.9.0.1"), over))
    thread.start()
    try:
        sink = record(PROBE, {"modems": [{"serial": str(port)}], "every": "200 ms", "duration": "1500 ms"})
    finally:
        over.set()
        joined(thread)
    polls = heard(sink, tmp_path)
    assert len(polls) >= 3
    assert {(each.rat, each.imei, each.addresses, each.rsrp) for each in polls} == {(SA, IMEI, ("10.9.0.1",), -85.0)}
    assert b"RING" in sink.data
    assert sink.events == [("network.identity", {"of": str(port), "ids": [IMEI]})] * 2


def test_a_line_that_does_not_answer_is_one_sentence(line: tuple[Path, Path], monkeypatch) -> None:
    from probes.network.live import modems

    monkeypatch.setattr(modems, "_ANSWER_S", 0.3)
    with pytest.raises(InstrumentError, match=r"does not answer ATE0.*AT commands"):
        record(PROBE, {"modems": [{"serial": str(line[1])}], "every": "1 s", "duration": "1 s"})


def test_simulated_modems_over_tcp_are_what_they_were_planted_as(tmp_path: Path) -> None:
    planted = {"lte": [2], "nsa": [3], "wifi": [4], "cable": [5], "mute": [6]}
    with simulate({"count": 7, **planted}, tmp_path) as given:
        assert len(given["modems"]) == 6
        sink = record(PROBE, {"modems": given["modems"], "every": "300 ms", "duration": "600 ms"})
    polls = heard(sink, tmp_path)
    rats = {each.modem: each.rat for each in polls}
    assert rats == {"SIM-001": SA, "SIM-002": LTE, "SIM-003": NSA, "SIM-004": NONE, "SIM-005": SA, "SIM-007": SA}
    own = {each.modem: each.addresses for each in polls}
    assert (own["SIM-001"], own["SIM-004"], own["SIM-005"]) == (("127.0.1.1",), (), ("10.60.0.1",))


def test_a_modem_that_goes_away_is_a_poll_without_an_answer_and_an_event(tmp_path: Path) -> None:
    sink = MemorySink()
    settings = PROBE.settings.model_validate
    with simulate({"count": 2}, tmp_path) as given:
        dead = {"name": "gone", "tcp": "127.0.0.1:1"}
        source = PROBE.source(
            settings({"modems": [given["modems"][0], dead], "every": "200 ms", "duration": "500 ms"}), tmp_path
        )
        source.record(sink)
    polls = heard(sink, tmp_path)
    assert {each.rat for each in polls if each.modem == "gone"} == {SILENT}
    silent = [(kind, body["modem"]) for kind, body in sink.events if kind != "network.identity"]
    assert silent == [("network.modem-silent", "gone")]
    lonely = PROBE.source(settings({"modems": [dead], "every": "200 ms", "duration": "300 ms"}), tmp_path)
    with pytest.raises(InstrumentError, match="No modem answers"):
        lonely.record(MemorySink())


def test_the_sample_is_marked_at_first_at_the_end_and_when_another_one_answers(tmp_path: Path, monkeypatch) -> None:
    said = iter([IMEI, IMEI, "001010000000024"])

    class Swapped:
        """A modem whose terminal is exchanged under way."""

        def asked(self) -> list[list[Any]]:
            return [["AT+CGSN", f"\r\n{next(said, '001010000000024')}\r\n\r\nOK\r\n"]]

        def close(self) -> None:
            """Nothing stays open."""

    monkeypatch.setattr("probes.network.live.radio.connect", lambda modem, folder: Swapped())
    sink = MemorySink()
    settings = {"modems": [{"name": "A", "tcp": "127.0.0.1:1"}], "every": "200 ms", "duration": "700 ms"}
    PROBE.source(PROBE.settings.model_validate(settings), tmp_path).record(sink)
    marks = [(body["of"], body["ids"]) for kind, body in sink.events if kind == "network.identity"]
    assert marks == [("A", [IMEI]), ("A", ["001010000000024"]), ("A", ["001010000000024"])]


MMCLI = {
    "modem": {
        "3gpp": {"imei": IMEI, "operator-code": "46000", "registration-state": "home"},
        "generic": {
            "access-technologies": ["5gnr"], "bearers": ["/org/freedesktop/ModemManager1/Bearer/0"], "state": "connected",
        },
    }
}  # fmt: skip
BEARER = {"bearer": {"ipv4-config": {"address": "10.9.0.1"}, "ipv6-config": {"address": "--"}}}
SIGNAL = {"modem": {"signal": {"5g": {"rsrp": "-85.00", "rsrq": "-11.00", "snr": "20.00"}}}}
PLACE = {"modem": {"location": {"3gpp": {"cid": "1A2B3C4D5", "mcc": "460", "mnc": "00"}}}}


@pytest.fixture
def mmcli(tmp_path: Path, monkeypatch) -> Path:
    """A program of that name that says what is in the files beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, told in {"bearer": BEARER, "signal": SIGNAL, "location": PLACE}.items():
        (folder / name).write_text(json.dumps(told))
    program = folder / "mmcli"
    program.write_text(
        '#!/bin/sh\ncase "$*" in *-b*) f=bearer;; *signal*) f=signal;; *location*) f=location;; *) f=modem;; esac\n'
        f'cat "{folder}/$f" 2>/dev/null || {{ echo "error: couldn\'t find modem" >&2; exit 1; }}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.mark.parametrize(
    ("words", "state", "registration", "rat"),
    [
        (["5gnr"], "connected", "home", SA),
        (["lte", "5gnr"], "connected", "roaming", NSA),
        (["lte"], "registered", "home", LTE),
        (["umts", "hspa"], "registered", "home", OTHER),
        (["5gnr"], "searching", "home", NONE),
        (["5gnr"], "connected", "denied", NONE),
        (["6gnr"], "connected", "home", UNKNOWN),
        (["5gnr", "6gnr"], "connected", "home", UNKNOWN),
        ([], "connected", "home", NONE),
    ],
)
def test_modem_manager_is_asked_as_a_program(
    words: list[str], state: str, registration: str, rat: str, mmcli: Path, tmp_path: Path
) -> None:
    told = json.loads(json.dumps(MMCLI))
    told["modem"]["generic"] |= {"access-technologies": words, "state": state}
    told["modem"]["3gpp"]["registration-state"] = registration
    (mmcli / "modem").write_text(json.dumps(told))
    sink = record(PROBE, {"modems": [{"mmcli": "0"}], "every": "1 s", "duration": "900 ms"})
    (poll,) = heard(sink, tmp_path)
    assert (poll.rat, poll.imei, poll.addresses, poll.cell) == (rat, IMEI, ("10.9.0.1",), "1A2B3C4D5")
    assert poll.rsrp == (-85.0 if "5gnr" in words else None)


def test_a_modem_that_modem_manager_does_not_hold_is_one_sentence(mmcli: Path) -> None:
    with pytest.raises(InstrumentError, match=r"couldn't find modem.*mmcli -L"):
        record(PROBE, {"modems": [{"mmcli": "7"}], "every": "1 s", "duration": "1 s"})


CPE = {
    "device/information": {"Imei": IMEI, "WanIPAddress": "10.9.0.1", "workmode": "NR-5GC"},
    "device/signal": {"nrrsrp": "-85dBm", "nrrsrq": "-11.0dB", "nrsinr": "20dB", "pci": "123", "nrcellid": "1A2B3C"},
    "monitoring/status": {"CurrentNetworkType": "19", "CurrentNetworkTypeEx": "111", "ConnectionStatus": "901"},
    "net/current-plmn": {"Numeric": "46000"},
}


class Cpe(BaseHTTPRequestHandler):
    """Speaks as a Huawei CPE; ``locked`` asks for a login."""

    told: Mapping[str, Mapping[str, str]] = CPE
    locked = False

    def do_GET(self) -> None:
        page = self.path.removeprefix("/api/")
        if page == "webserver/SesTokInfo":
            text = "<response><SesInfo>s</SesInfo><TokInfo>t</TokInfo></response>"
        elif page.startswith("webserver/"):
            text = "<error><code>100002</code><message></message></error>"
        elif self.locked:
            text = "<error><code>100003</code><message></message></error>"
        elif page in self.told:
            text = (
                "<response>"
                + "".join(f"<{key}>{value}</{key}>" for key, value in self.told[page].items())
                + "</response>"
            )
        else:
            text = "<html></html>"
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def cpe() -> Iterator[tuple[str, type[Cpe]]]:
    pytest.importorskip("huawei_lte_api", reason="huawei-lte-api is an optional extra (yanshou[cpe])")
    kind = type("OwnCpe", (Cpe,), {})
    with HTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", kind
        server.shutdown()


@pytest.mark.parametrize(
    ("signal", "status", "rat"),
    [
        ({}, {}, SA),
        ({"rsrp": "-96dBm"}, {}, NSA),
        ({"rsrp": "-96dBm", "nrrsrp": ""}, {}, LTE),
        ({}, {"ConnectionStatus": "902"}, NONE),
        ({"rsrp": "-96dBm"}, {"CurrentNetworkTypeEx": "101"}, LTE),
        ({}, {"CurrentNetworkTypeEx": "999"}, UNKNOWN),
    ],
)
def test_a_cpe_is_asked_over_http(signal: Any, status: Any, rat: str, cpe: Any, tmp_path: Path) -> None:
    url, kind = cpe
    kind.told = {
        **CPE,
        "device/signal": {**CPE["device/signal"], **signal},
        "monitoring/status": {**CPE["monitoring/status"], **status},
    }
    sink = record(PROBE, {"modems": [{"huawei": url}], "every": "1 s", "duration": "900 ms"})
    (poll,) = heard(sink, tmp_path)
    assert (poll.rat, poll.imei, poll.addresses, poll.plmn) == (rat, IMEI, ("10.9.0.1",), "46000")


def test_a_cpe_that_asks_for_a_login_says_so_in_one_sentence(cpe: Any) -> None:
    url, kind = cpe
    kind.locked = True
    with pytest.raises(InstrumentError, match=r"asks for a login.*password: env:NAME"):
        record(PROBE, {"modems": [{"huawei": url}], "every": "1 s", "duration": "1 s"})


HEAD = "时间,IMEI,制式,小区,PCI,频段,RSRP(dBm),RSRQ,SINR,IP地址\n"
ROW = f"2026-11-21 08:00:00,{IMEI},5G SA,1a2b3c,123,78,-85,-11,20,10.9.0.1\n"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("10.9.0.1", ("10.9.0.1",)),
        ("10.9.0.1/24; fd00::1", ("10.9.0.1", "fd00::1")),
        ("--", ()),
        ("10.9.0.1 (WLAN)", None),
        ("eth0 10.9.0.1", None),
    ],
)
def test_an_address_beside_a_word_is_nobodys(cell: str, expected: tuple[str, ...] | None) -> None:
    (poll,) = read_export((HEAD + ROW.replace("10.9.0.1", cell)).encode(), "radio.csv")
    assert poll.addresses == expected


def test_an_export_is_read_from_csv_and_from_a_workbook_alike() -> None:
    expected = Poll(
        1_795_248_000 * 10**9, "export", IMEI, IMEI, ("10.9.0.1",), SA, "5G SA", "", "1A2B3C", "123", "78", -85, -11, 20
    )
    assert read_export((HEAD + ROW).encode("gb18030"), "radio.csv") == [expected]
    book = Workbook()
    for line_ in (HEAD, ROW):
        book.active.append(line_.strip().split(","))
    data = BytesIO()
    book.save(data)
    assert read_export(data.getvalue(), "radio.xlsx") == [expected]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ROW.replace("2026-11-21 08:00:00", ""), "no time"),
        (ROW.replace("2026-11-21 08:00:00", "yesterday"), "no time"),
        (ROW.replace("-85", "strong"), "RSRP 'strong' is not understood"),
        (ROW.replace("-85", "85"), "RSRP '85' is not understood"),
        (ROW.replace("\n", ",more\n"), "11 cells"),
    ],
)
def test_a_cell_that_is_not_understood_is_refused_with_its_row(text: str, problem: str) -> None:
    with pytest.raises(DecodeError, match=problem):
        read_export((HEAD + text).encode(), "radio.csv")


@pytest.mark.parametrize(("word", "rat"), [("5G", UNKNOWN), ("", NONE), ("NR6G", UNKNOWN), ("Wi-Fi", OTHER)])
def test_a_word_that_is_no_5g_counts_as_none(word: str, rat: str) -> None:
    (poll,) = read_export((HEAD + ROW.replace("5G SA", word)).encode(), "radio.csv")
    assert (poll.rat, poll.word) == (rat, word)


def test_levels_in_another_unit_are_refused() -> None:
    with pytest.raises(DecodeError, match="RSRP"):
        read_export((HEAD.replace("dBm", "0.1dBm") + ROW).encode(), "radio.csv")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"modems": []}, "No modem is named"),
        ({"modems": [{"name": "A"}]}, "reached by one way"),
        ({"modems": [{"serial": "/dev/ttyUSB2", "tcp": "10.0.0.1:2000"}]}, "serial and tcp"),
        ({"modems": [{"huawei": "http://192.168.8.1/", "user": "admin"}]}, "names no secret"),
        ({"modems": [{"huawei": "http://192.168.8.1/", "user": "admin", "password": "geheim"}]}, "secret stands"),
        ({"modems": [{"mmcli": "0"}, {"mmcli": "0"}]}, "called 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: Mapping[str, Any], problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        PROBE.settings.parse({"duration": "1 min", **wrong})


def test_the_probes_keep_the_house_rules(tmp_path: Path) -> None:
    with simulate({"count": 2, "lte": [2]}, tmp_path) as given:
        settings = {"modems": given["modems"], "every": "100 ms", "duration": "400 ms"}
        first, second = record(PROBE, settings), record(PROBE, settings)
    path = tmp_path / "0001.jsonl"
    path.write_bytes(first.data + second.data)
    (tmp_path / "torn").mkdir()
    check_probe(PROBE, Trace("s01.nodes", "x", PROBE.name, 1, (path,), None), Asked(), tmp_path / "torn")
    table = tmp_path / "radio.csv"
    table.write_text(HEAD + ROW, encoding="utf-8")
    sink = record(EXPORT, {"file": "radio.csv"}, tmp_path)
    assert sink.data == table.read_bytes()


def test_a_line_that_is_no_answer_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "0001.jsonl"
    for row in ('{"t":1,"modem":"A"}', '{"t":1,"modem":"A","way":"carrier-pigeon","asked":[]}', "rubbish"):
        path.write_text('{"format":"yanshou.radio/1"}\n' + row + "\n")
        (chunk,) = PROBE.chunks(Trace("s01.nodes", "x", PROBE.name, 1, (path,), None))
        with pytest.raises(DecodeError, match="no answer of a modem"):
            PROBE.summarise(chunk, Asked())
