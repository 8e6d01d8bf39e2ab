# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse``: for people by default, in one language; JSON when asked; a file of another kind is met with its command."""

import json
import re
from pathlib import Path

import pytest

from harness.cli import main
from harness.console import findings
from harness.errors import Exit

PROFILES = Path(__file__).resolve().parents[3] / "profiles"


def says(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_people_get_lines_with_units_and_programs_get_json(capsys) -> None:
    code, out, _ = says(capsys, "analyse", "gnss", PROFILES / "static.nmea", "--lang", "zh")
    assert code == Exit.PASS
    assert re.search(r"平面 RMS 2\.737 mm", out)
    assert "固定率（对应有） 100 %" in out
    _, out, _ = says(capsys, "analyse", "gnss", PROFILES / "static.nmea", "--json")
    assert json.loads(out)["files"][0]["precision"]["4"]["n"] == 120


def test_the_page_needs_nothing_else_and_carries_no_markup_of_the_file(tmp_path: Path, capsys) -> None:
    log = tmp_path / "a<b>.nmea"
    log.write_bytes((PROFILES / "static.nmea").read_bytes())
    assert says(capsys, "analyse", "gnss", log, "--html", tmp_path / "page.html")[0] == Exit.PASS
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "a&lt;b&gt;.nmea" in page
    assert "<b>" not in page
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("gnss", "edge.pcap", "yanshou analyse network"),
        ("network", "static.nmea", "yanshou analyse gnss"),
        ("gnss", "s01_example.yaml", "yanshou plan"),
    ],
)
def test_a_file_of_another_kind_is_met_with_its_command(
    tmp_path: Path, capsys, kind: str, name: str, said: str
) -> None:
    path = PROFILES / name
    if name == "edge.pcap":
        path = tmp_path / name
        path.write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(60))
    code, out, err = says(capsys, "analyse", kind, path)
    assert (code, out) == (Exit.USAGE, "")
    assert said in err


def test_kinds_are_listed_and_each_has_its_options(capsys) -> None:
    _, out, _ = says(capsys, "analyse")
    assert "yanshou analyse network --help" in out
    with pytest.raises(SystemExit):
        main(["analyse", "gnss", "--help"])
    assert "--trajectory" in capsys.readouterr().out


def test_events_are_counted_and_capped() -> None:
    events = [{"event": "junk_bytes", "offset": at, "bytes": 3} for at in range(2246)]
    found = {"kind": "x", "files": [{"path": "x.nmea", "events": [*events, {"event": "not-a-log", "text": "no log"}]}]}
    told = list(findings.lines(found, "harness"))
    assert "2247 events: junk bytes 2246, not-a-log 1" in told[1]
    assert "not-a-log" in told[2], "what ends a file is told first"
    assert len(told) < 20
    assert "more (--json has all)" in told[-1]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (918783, "ns", "918.783 µs"),
        (3_000_000_000, "ns", "3 s"),
        (1_700_000_000_004_285_656, "ns", "2023-11-14T22:13:20Z"),
        (0.00273748935, "m", "2.737 mm"),
    ],
)
def test_numbers_are_shown_in_units_that_fit(value: float, unit: str, text: str) -> None:
    assert findings._value("x", value, unit) == text
