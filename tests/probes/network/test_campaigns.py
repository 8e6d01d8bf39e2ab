# SPDX-License-Identifier: Apache-2.0
"""Whole campaigns with the sources that are files: recorded, judged, sealed, and replayed to identical bytes."""

import json
from functools import reduce
from operator import xor
from pathlib import Path

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from harness.campaign import run
from harness.replay import replay

PROJECT = """
project:
  name: 测试
  applicant: {name: 示例企业01（洪山区）有限公司, uscc: 9142011177893287XL}
  period: {start: 2023-05-18, end: 2027-05-18}
  site: 武汉
test: {kind: on-site, organisation: 示例企业01（洪山区）有限公司, operator: 张三}
"""
START_MS = 1_763_740_800_000


def judged(folder: Path, text: str) -> dict[str, dict[str, object]]:
    """The indicators of a profile by id, after a replay that gave the same bytes."""
    (folder / "site.yaml").write_text("schema: yanshou.profile/1\n" + text, encoding="utf-8")
    done = run(folder / "site.yaml", folder / "out")
    assert replay(done.root).identical
    results = json.loads(json.dumps(done.evaluation.results))
    return {each["id"]: each for each in results["indicators"]}


def rmc(second: int) -> str:
    body = f"GNRMC,1600{second:02d}.00,A,30{30 + second / 100:07.4f},N,11418.0000,E,19.44,90.0,211125,,,A"
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n"


def test_a_drive_is_judged_with_its_track(tmp_path: Path) -> None:
    rows = [f"{START_MS + at * 10},{at},5" for at in range(1000) if not 500 <= at < 529]
    (tmp_path / "drive.csv").write_text("sent_at,seq,rtt(ms)\n" + "\n".join(rows), encoding="utf-8")
    (tmp_path / "drive.nmea").write_text("".join(map(rmc, range(10))), encoding="ascii")
    found = judged(
        tmp_path,
        "scenario: s02"
        + PROJECT
        + """
limits: {s02.mobility.interruption: "<= 500 ms", s02.mobility.latency: "<= 5 ms"}
declared: {s02.mobility.latency: {waiting_time: 3 s}}
sources:
  s02.mobility.interruption:
    evidence:
      - {probe: network.log, file: drive.csv, columns: {time: sent_at}, units: {time: ms}}
      - {probe: network.track, file: drive.nmea}
  s02.mobility.latency: {evidence: [s02.mobility.interruption]}
""",
    )
    drive = found["s02.mobility.interruption"]
    assert (drive["verdict"], drive["estimate"]["upper"] <= 500) == ("INCONCLUSIVE", True)
    told = {each["code"] for each in drive["reasons"]}
    assert {"effort.below", "network.drive-too-short"} & told, "ten seconds over a hundred metres are no drive"
    assert found["s02.mobility.latency"]["verdict"] == "INVALID", "whole milliseconds cannot decide 5 ms"


def test_a_census_from_a_capture_and_an_export_needs_no_probing(tmp_path: Path) -> None:
    wrpcap(str(tmp_path / "core.pcap"), [Ether(src="00:00:5e:00:53:01") / IP(src="10.0.0.1") / TCP()] * 2)
    (tmp_path / "nodes.csv").write_text(
        "asset_id,address,mac\nA,10.0.0.1,00005e005301\nB,10.0.0.2,00005e005302\n", encoding="utf-8"
    )
    (tmp_path / "core.csv").write_text("mac,online\n00005e005301,1\n00005e005302,1\n", encoding="utf-8")
    found = judged(
        tmp_path,
        "scenario: s01"
        + PROJECT
        + """
sources:
  s01.nodes:
    probe: network.terminals
    register: nodes.csv
    evidence:
      - {probe: network.flows, file: core.pcap}
      - {probe: network.export, file: core.csv, system: 5GC}
""",
    )
    nodes = found["s01.nodes"]
    assert nodes["verdict"] == "FAIL"
    assert "B" in json.dumps(nodes["remarks"])


def test_an_indicator_has_the_same_entry_whether_or_not_others_borrow_its_trace(tmp_path: Path) -> None:
    rows = [f"{START_MS + at * 10},{at},{4 + at % 7 / 100}{at % 10}" for at in range(1000) if not 500 <= at < 529]
    own = """
declared:
  s02.mobility.latency: {waiting_time: 3 s}
sources:
  s02.mobility.latency: {probe: network.log, file: drive.csv, units: {time: ms}}
"""
    limits = '\nlimits: {s02.mobility.latency: "<= 5 ms", s02.mobility.interruption: "<= 500 ms", s02.mobility.loss: "<= 4 %"}'
    others = "".join(
        f"  s02.{each}: {{evidence: [s02.mobility.latency]}}\n"
        for each in ("mobility.interruption", "mobility.loss", "ipv6")
    )
    entries = []
    for name, text in (("alone", own), ("lent", own + others)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "drive.csv").write_text("time,seq,rtt(ms)\n" + "\n".join(rows), encoding="utf-8")
        entries.append(judged(folder, "scenario: s02" + PROJECT + limits + text)["s02.mobility.latency"])
    alone, lent = entries
    assert alone["estimate"] is not None
    assert json.dumps(alone, sort_keys=True) == json.dumps(lent, sort_keys=True)
