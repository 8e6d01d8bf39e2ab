# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse``: for people by default, in one language; JSON when asked; a file of another kind is met with its command."""

import json
import re
from pathlib import Path

import pytest

from harness.cli import main
from harness.console import findings, language
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
    assert findings.value_of("x", value, unit) == text


DOCUMENTED = {
    "gnss": "probes.gnss", "network": "probes.network", "chain": "probes.chain", "frames": "probes.immersive", "ifc": "probes.bim",
    "power": "probes.compute", "service": "probes.service", "timing": "probes.gnss", "observations": "probes.gnss",
}  # fmt: skip
_NAMES = {"path", "events", "files", "kind", "event"}
"""Keys that are no label: the page has them as headings."""
_SAME = re.compile(
    r"^(n|p\d+(_\d)?(_ms)?|webrtc|tops|ubx|rtcm3|sbf|novatel|unicore|rms|min|max|mean|.*\.(ttft|tpot)|sha256|ok|id|ids)$"
)
"""What the field writes alike in both languages."""


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_every_documented_key_of_an_analysis_has_a_name_in_both_languages(kind: str, monkeypatch) -> None:
    text = (PROFILES.parent / f"docs/reference/analyse-{kind}.md").read_text("utf-8")
    text = re.sub(r"### remarks\n.*?(?=\n#|\Z)", "", text, flags=re.DOTALL)  # codes, not keys
    keys = {
        key.rpartition(".")[2]
        for row in re.findall(r"^\| ((?:`[a-z0-9_.]+`[, /、]*)+)", text, re.MULTILINE)
        for key in re.findall(r"`([a-z0-9_.]+)`", row)
    }
    language.use("zh")
    say = findings.Labels(DOCUMENTED[kind])
    others = {"counter", "loopstats", "peerstats", "phc2sys", "ptp4l", "ts2phc", "unreadable"}  # forms and events
    bare = sorted(key for key in keys - _NAMES - others if not language.has_han(say(key)) and not _SAME.match(key))
    language.use("")
    assert keys
    assert bare == []


def test_a_sentence_of_a_domain_is_said_in_the_language_of_the_run(tmp_path: Path, capsys) -> None:
    table = tmp_path / "a.csv"
    table.write_text("企业名称,统一社会信用代码\n示例企业1,9142011177893287XL\n", encoding="utf-8")
    _, out, _ = says(capsys, "analyse", "register", table, "--lang", "zh")
    assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", out), out
    _, out, _ = says(capsys, "analyse", "register", table, "--lang", "en")
    assert "The register has no column that names documents" in out


def test_the_page_has_tables_headings_and_a_policy_that_lets_nothing_run(tmp_path: Path, capsys) -> None:
    import gzip

    capture = tmp_path / "edge.pcapng"
    capture.write_bytes(gzip.decompress((PROFILES / "edge.pcapng.gz").read_bytes()))
    for lang, heading, note in (("zh", "往返时延", "不是判定"), ("en", "round trip", "it is no verdict")):
        says(capsys, "analyse", "network", capture, "--lang", lang, "--html", tmp_path / f"{lang}.html")
        page = (tmp_path / f"{lang}.html").read_text(encoding="utf-8")
        assert f"<th>{heading}</th>" in page, "delays stand in one table, a row each"
        assert note in page
        assert "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'" in page
        assert "<script" not in page
        assert "@media print" in page
        assert not page.count("<section") - page.count("</section>")
    assert not language.has_han((tmp_path / "en.html").read_text(encoding="utf-8"))
