# SPDX-License-Identifier: Apache-2.0
"""The page on drawing in public is carried out by both sides, and what was drawn is called as the page on plants says."""

import json
import re
import shlex
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from harness.cli import main
from harness.evidence.keys import generate
from tests.docs.test_every_page import HEAD, snippets
from tests.docs.test_pages_run import PAGE, empty
from tests.probes.plant.conftest import mosquitto
from tests.waiting import joined

__all__ = ["empty", "mosquitto"]
TEXT = PAGE["draw-in-public"].read_text(encoding="utf-8")
STEPS = {
    words[1]: words
    for words in (shlex.split(each) for each in re.findall(r"`yanshou (draw \w+ s\.draw\.jsonl.*?)`", TEXT))
}
COUNT = 210


def done(step: str, draw: str = "s.draw.jsonl", **instead: str) -> None:
    """One command of the page, with what is named put in; 3 as long as a step of the draw is missing."""
    code = main([draw if each == "s.draw.jsonl" else instead.get(each, each) for each in STEPS[step]])
    assert code in {0, 3}


@pytest.fixture
def listed(empty: Path) -> Path:
    """A folder with the list, whose last column says what is claimed."""
    rows = "".join(f"SN-{number:03d},L3,是\n" for number in range(1, COUNT + 1))
    (empty / "list.csv").write_text(f"终端序列号,自动驾驶等级,已联网\n{rows}", encoding="utf-8")
    return empty


def drawn() -> None:
    """Both sides carry out the page, up to the signature."""
    office = {"applicant": "office", "mine.secret": "theirs.secret"}
    done("seal")
    for own in ({}, office):
        done("commit", **own)
    for own in (office, {}):
        done("reveal", **own)
    generate(Path("office"))
    done("sign")
    done("check")


def test_every_command_of_the_page_is_carried_out(listed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert STEPS.keys() == {"seal", "commit", "reveal", "withheld", "typed", "sign", "check", "blind"}
    drawn()
    capsys.readouterr()
    done("blind")
    sheet = (listed / "sheet.csv").read_text("utf-8-sig").splitlines()
    assert len(sheet) == 1 + 80
    assert not any(each.endswith("是") for each in sheet), "what is claimed is not shown"
    dice = "dice.draw.jsonl"
    assert "封存时 `--parties none`" in TEXT
    assert main([*(each.replace("s.draw", "dice.draw") for each in STEPS["seal"]), "--parties", "none"]) == 0
    done("typed", dice, **{"3 1 6 …": "3 1 6 2 2 5 4 1 6 3 5 5 2 1 4 6"})
    other = "withheld.draw.jsonl"
    done("seal", other)
    for own in ({"mine.secret": "m.secret"}, {"applicant": "office", "mine.secret": "o.secret"}):
        done("commit", other, **own)
    done("withheld", other)
    assert main(["draw", "show", other, "--json"]) == 0


@contextmanager
def fleet(port: int) -> Iterator[None]:
    """Terminals that say what they do, ten times a second; every tenth is silent."""
    client, over = Client(CallbackAPIVersion.VERSION2), threading.Event()
    client.connect("127.0.0.1", port)

    def speak() -> None:
        for step in range(1 << 16):
            for number in range(1, COUNT + 1):
                if number % 10:
                    said = {"terminalId": f"SN-{number:03d}", "speed": 40 + (7 * step + number) % 13}
                    client.publish(f"fleet/SN-{number:03d}", json.dumps({**said, "ts": time.time_ns() // 10**6}))
            if over.wait(0.3):
                return

    client.loop_start()
    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    yield
    over.set()
    joined(thread)
    client.loop_stop()


def test_the_terminals_that_were_drawn_are_called(listed: Path, mosquitto: int) -> None:
    drawn()
    (listed / "list.csv").rename(listed / "terminals.csv")
    (listed / "s.draw.jsonl").rename(listed / "sample.draw.jsonl")
    (piece,) = (each for each in snippets(PAGE["count-a-plant"]) if "s07.terminals.live" in each)
    for there, here in (("broker: 10.20.0.1", f"broker: 127.0.0.1, port: {mosquitto}"), ("31 min", "2 s")):
        assert there in piece
        piece = piece.replace(there, here)
    (listed / "fleet.yaml").write_text(HEAD.format(scenario="s07") + "practice: true\n" + piece, encoding="utf-8")
    with fleet(mosquitto):
        assert main(["run", "fleet.yaml"]) == 3, "two seconds are no half hour"
    results = json.loads((listed / "fleet.bundle/data/results.json").read_text(encoding="utf-8"))
    (found,) = (each for each in results["indicators"] if each["id"] == "s07.terminals.live")
    assert found["estimate"]["n"] == 80
    assert found["estimate"]["diagnostics"]["assets"] == COUNT
    assert 0.5 < found["estimate"]["value"] / COUNT < 1, "every tenth is silent, and 80 were drawn"
    assert [each["code"] for each in found["reasons"]] == ["effort.below"]
    assert "draw.unwitnessed" not in json.dumps(found["remarks"]), "the office has signed"
