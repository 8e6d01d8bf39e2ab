# SPDX-License-Identifier: Apache-2.0
"""Every profile on the page on radio evidence is accepted, its lists exist, and its simulated one finds what is planted."""

import json
import re
import threading
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.campaign import run
from harness.spec import find_scenario, parse_profile
from harness.testing import MemorySink
from probes.network.measurands.words import WORDS
from probes.network.simulators.modems import script, simulate
from probes.network.simulators.reflectors import imei
from probes.network.traces.radio import read_export
from probes.network.wire.at import MAKERS
from probes.network.wire.radio import LTE, SA
from tests.docs.test_every_page import NOT_EXECUTED
from tests.probes.network.instruments.test_radio import BEARER, CPE, MMCLI, Cpe, cpe, heard, line, mmcli, speak
from tests.waiting import joined

__all__ = ["cpe", "line", "mmcli"]

DOCS = Path(__file__).resolve().parents[2] / "docs/how-to"
TEXT = (DOCS / "prove-5g-by-radio.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
STEPS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
TABLE = re.findall(r"`radio.csv`\n\n```\n(.*?)```", TEXT, re.DOTALL)[0]
NODES = "asset_id,address,imei\nA,10.0.0.7,001010000000016\n"


def site(folder: Path, step: str) -> Path:
    (folder / "nodes.csv").write_text(NODES, encoding="utf-8")
    (folder / "radio.csv").write_text(TABLE, encoding="utf-8")
    path = folder / "site.yaml"
    path.write_text(HEAD + step, encoding="utf-8")
    return path


@pytest.mark.parametrize("step", STEPS)
def test_every_example_is_a_profile_whose_settings_the_probes_accept(step: str, tmp_path: Path) -> None:
    path = site(tmp_path, step)
    Bindings(parse_profile(path.read_bytes(), "site.yaml", find_scenario("s01").scenario), path).check()


def test_the_table_on_the_page_is_read_as_the_page_says() -> None:
    assert [each.rat for each in read_export(TABLE.encode(), "radio.csv")] == [SA, LTE]


def test_commands_and_lists_named_on_the_page_exist() -> None:
    asked = " ".join(command for told in MAKERS.values() for command in told)
    for name in re.findall(r"`([+^][A-Z]+)`", TEXT):
        assert name in asked, name
    for name in re.findall(r"^\| `([a-z_0-9]+)` \|", TEXT, re.MULTILINE):
        assert f"list-{name.replace('_', '-')}" in WORDS.entries


def test_every_kind_of_modem_on_the_page_is_asked(
    line: tuple[Path, Path], mmcli: Path, cpe: tuple[str, type[Cpe]], tmp_path: Path
) -> None:
    """AGV-01 on a serial line, AGV-02 over TCP, PAD-03 in ModemManager, CPE-04 in its own pages."""
    (far, near), (url, kind), over = line, cpe, threading.Event()
    (mmcli / "modem").write_text(json.dumps(MMCLI).replace(imei(1), imei(3)))
    (mmcli / "bearer").write_text(json.dumps(BEARER).replace("10.9.0.1", "127.0.1.3"))
    kind.told = json.loads(json.dumps(CPE).replace(imei(1), imei(4)).replace("10.9.0.1", "127.0.1.4"))
    speaker = threading.Thread(target=speak, args=(far, script("sa", 1, "127.0.1.1"), over))
    speaker.start()
    with simulate({"count": 2}, tmp_path) as given:
        text = STEPS[0]
        for there, here in {
            "targets: nodes.csv": 'targets: "@terminals.targets"',
            "register: nodes.csv": 'register: "@terminals.register"',
            "rate: 1/s, duration: 30 min": "rate: 5/s, duration: 1 s",
            "every: 5 s": "every: 500 ms",
            "duration: 30 min": "duration: 1 s",
            "/dev/ttyUSB2": str(near),
            "10.20.0.7:2000": given["modems"][1]["tcp"],
            "http://192.168.8.1/": url,
            NOT_EXECUTED["prove-5g-by-radio"].piece: "",
        }.items():
            assert there in text, there
            text = text.replace(there, here)
        peers = "practice: true\nsimulators:\n  terminals: {probe: network.stamp, simulator: reflectors, count: 4}\n"
        (tmp_path / "site.yaml").write_text(HEAD + peers + text, encoding="utf-8")
        try:
            done = run(tmp_path / "site.yaml", tmp_path / "out")
        finally:
            over.set()
            joined(speaker)
    (kept,) = done.root.glob("data/traces/s01.nodes/radio/*")
    sink = MemorySink()
    sink.write(kept.read_bytes())
    polls = heard(sink, tmp_path)
    assert {(each.modem, each.rat, each.imei) for each in polls} == {
        (name, SA, imei(number)) for number, name in enumerate(("AGV-01", "AGV-02", "PAD-03", "CPE-04"), 1)
    }


def test_what_the_simulator_plants_is_found_and_marked_as_simulated(tmp_path: Path) -> None:
    quick = STEPS[-1].replace("rate: 5/s, duration: 15 s", "rate: 5/s, duration: 2 s")
    quick = quick.replace("15 s", "5 s").replace("every: 1 s", "every: 500 ms")
    results = run(site(tmp_path, quick), tmp_path / "out").evaluation.results
    nodes = next(each for each in results["indicators"] if each["id"] == "s01.nodes")
    assert nodes["reading"]["name"] == "proven-5g"
    planted = {f"SIM-{number:03d}" for number in (5, 9, 12, 31, 44)}
    named = {
        name: each["text"]["en"]
        for each in nodes["remarks"]
        if each["code"] == "network.unproven"
        for name in re.findall(r"SIM-\d{3}", each["text"]["en"])
    }
    assert planted <= set(named)
    assert all("too few polls" not in named[each] for each in planted)
    assert nodes["verdict"] == "FAIL", "four of fifty are disproven"
    assert any("radio" in each for each in results["campaign"]["simulated"])
    assert imei(5)
