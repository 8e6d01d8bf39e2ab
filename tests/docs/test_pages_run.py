# SPDX-License-Identifier: Apache-2.0
"""How-to pages that have no test file of their own, executed from an empty folder: their commands, and their pieces of a profile run."""

import csv
import gzip
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from hashlib import sha256
from pathlib import Path

import pytest
from openpyxl import Workbook

from harness.cli import main
from harness.evidence.keys import generate
from tests.docs.test_every_page import HEAD, PAGES, ROOT, blocks, commands, snippets
from tests.harness.conftest import CODES, make_case
from tests.ports import free_port
from tests.waiting import heard_until

JUDGED = {0, 1, 3}
"""PASS, FAIL, or undecided: a verdict was reached."""
PAGE = {page.stem: page for page in PAGES}


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def profile(folder: Path, scenario: str, text: str, head: str = HEAD) -> Path:
    """A profile of one page's piece, in which everything that lasts lasts a second."""
    quick = re.sub(r"duration: \d+ (?:h|min|s)\b", "duration: 1 s", text)
    quick = re.sub(r"(waiting_time|settle): \d+ s\b", r"\1: 300 ms", quick)
    path = folder / f"{scenario}.yaml"
    path.write_text(head.format(scenario=scenario) + quick, encoding="utf-8")
    return path


def table(path: Path, *rows: str) -> None:
    """A CSV, or a workbook of texts where the name says so."""
    if path.suffix != ".xlsx":
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return
    book = Workbook()
    for row in csv.reader(rows):
        book.active.append(row)
    book.save(path)


def adopters(folder: Path) -> Path:
    """A workbook of companies and a contract each, as the page on registers asks for."""
    (folder / "contracts").mkdir()
    rows = ["企业名称,统一社会信用代码,注册地址,合同签订日期,合同文件,合同SHA256"]
    for number, code in enumerate(CODES, 1):
        content = f"合同：示例企业{number}（{code}），2023-09-0{number} 签订\n".encode()
        (folder / "contracts" / f"{number}.txt").write_bytes(content)
        rows.append(f"示例企业{number},{code},武汉市,2023-09-0{number},{number}.txt,{sha256(content).hexdigest()}")
    table(folder / "adopters.xlsx", *rows)
    return folder / "adopters.xlsx"


def test_the_page_on_registers_counts_rows_and_takes_the_auditors_sheet_back(empty: Path) -> None:
    adopters(empty)
    (words,) = commands(PAGE["write-a-register"])
    first, second = snippets(PAGE["write-a-register"])
    # The command names the workbook alone, so its documents lie beside it here.
    for each in (empty / "contracts").iterdir():
        shutil.copy(each, empty)
    assert main(words) == 0
    assert (empty / "sheet.xlsx").is_file()
    assert main(["run", str(profile(empty, "s03", first)), "--out", "first"]) in JUDGED
    assert main(["run", str(profile(empty, "s03", second)), "--out", "second"]) in JUDGED


def test_the_page_on_lists_covers_each_list_with_its_export(empty: Path) -> None:
    (empty / "models").mkdir()
    wall = "ISO-10303-21;\nDATA;\n#1=IFCWALL('1',$,$,$,$,$,$,$,$);\nENDSEC;\nEND-ISO-10303-21;\n"
    (empty / "models/a.ifc").write_text(wall, encoding="utf-8")
    digest = sha256((empty / "models/a.ifc").read_bytes()).hexdigest()
    table(empty / "members.csv", "构件编号,是否监测", "C-1,是", "C-2,是")
    table(empty / "monitoring.csv", "构件编号,时间", "C-1,2023-09-01 08:00:00")
    table(empty / "inventory.csv", "数据编号,字节数,SHA256", f"D-1,3,{sha256(b'abc').hexdigest()}")
    table(empty / "objects.csv", "数据编号,字节数,SHA256", f"D-1,3,{sha256(b'abc').hexdigest()}")
    table(empty / "projects.csv", "项目编号,项目名称,建筑面积,证明文件,SHA256", f"P-1,示例,100,a.ifc,{digest}")
    (empty / "proofs").mkdir()
    (empty / "proofs/cnc.txt").write_text("工序 G-1 数控化证明 2023-09-01\n", encoding="utf-8")
    digest = sha256((empty / "proofs/cnc.txt").read_bytes()).hexdigest()
    table(empty / "processes.csv", "工序编号,所属企业,是否数控,证明文件,SHA256", f"G-1,示例企业,是,cnc.txt,{digest}")
    (empty / "licences").mkdir()
    (empty / "licences/cad.txt").write_text("示例企业 CAD 许可 2023-09-01\n", encoding="utf-8")
    digest = sha256((empty / "licences/cad.txt").read_bytes()).hexdigest()
    table(empty / "companies.csv", "编号,企业名称,是否使用,证明文件,SHA256", f"E-1,示例企业,是,cad.txt,{digest}")
    table(empty / "sites.csv", "工地编号,是否接入", "S-1,是", "S-2,是")
    table(empty / "online.csv", "工地编号,时间", "S-1,2023-09-01 08:00:00", "S-2,2023-09-01 08:00:00")
    text = snippets(PAGE["cover-a-list"])[0]
    for scenario in ("s03", "p05"):
        other = {"s03": "p05", "p05": "s03"}[scenario]
        own = re.sub(rf"^  {other}\..*\n", "", text, flags=re.MULTILINE)
        assert main(["run", str(profile(empty, scenario, own))]) in JUDGED
        bound = re.findall(rf"^  ({scenario}\.\S+):", own, flags=re.MULTILINE)
        results = json.loads((empty / f"{scenario}.bundle/data/results.json").read_text(encoding="utf-8"))
        values = {each["id"]: each["estimate"]["value"] for each in results["indicators"] if each["id"] in bound}
        assert values == {each: 0.5 if each == "s03.quality" else 1 for each in bound}, "C-2 is not in the export"


def test_the_page_on_profiles_plans_runs_and_puts_a_name_right(empty: Path) -> None:
    generate(empty / "site")
    head = snippets(PAGE["write-a-profile"])[0]
    (empty / "site.yaml").write_text(head + "signing: {ed25519: site.ed25519.pem}\n", encoding="utf-8")
    plan, correct = commands(PAGE["write-a-profile"])
    assert main(plan) == 0
    assert main(["run", "site.yaml"]) == 3, "nothing is measured yet"
    assert main(correct) == 0
    assert main(["verify", "site.bundle", "--key", "site.ed25519.pub.pem"]) == 0


def test_the_pieces_of_the_page_on_profiles_make_one_that_runs(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(empty / "site")
    monkeypatch.setenv("YANSHOU_KEY", (empty / "site.ed25519.pem").read_text(encoding="utf-8"))
    shutil.copy(ROOT / "profiles/demos.csv", empty)
    shutil.copytree(ROOT / "profiles/documents", empty / "documents")
    head, sources, reading, limits, declared, attempts, _, peers = snippets(PAGE["write-a-profile"])
    assert "targets: nodes.csv" in sources
    sources = sources.replace("targets: nodes.csv", 'targets: "@reflectors.targets"').replace("30 min", "1 s")
    rest = declared + attempts + peers.replace("count: 50", "count: 2") + "practice: true\n"
    (empty / "share.yaml").write_text(head + sources + reading + rest, encoding="utf-8")
    assert main(["plan", "share.yaml"]) == 0
    (empty / "site.yaml").write_text(head + sources + limits + rest, encoding="utf-8")
    assert main(["run", "site.yaml"]) in JUDGED
    assert main(["verify", "site.bundle", "--key", "site.ed25519.pub.pem"]) == 0
    results = json.loads((empty / "site.bundle/data/results.json").read_text(encoding="utf-8"))
    found = {each["id"]: each for each in results["indicators"]}
    criterion = found["s01.latency"]["criterion"]
    assert (criterion["rule"], criterion["confidence"]) == ("stringent", 0.99)
    assert found["s01.loss"]["verdict"] != "NOT_TESTED"


def test_the_page_on_captures_reads_each_of_them(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = gzip.decompress((ROOT / "profiles/edge.pcapng.gz").read_bytes())
    for name in ("site.pcap", "plc.pcap", "ue.pcap", "edge.pcap"):
        (empty / name).write_bytes(content)
    shutil.copy(ROOT / "profiles/edge.pcapng.gz", empty)
    lines = re.findall(r"yanshou (analyse network .+)", PAGE["check-a-capture"].read_text("utf-8"))
    assert len(lines) == 4
    for line in lines:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
        assert main(shlex.split(line.rstrip("`"))) == 0, line
    for text in snippets(PAGE["check-a-capture"]):
        assert main(["run", str(profile(empty, "s01", text)), "--numbered"]) in JUDGED


class served:  # noqa: N801 - reads as a word
    """A command of ours that runs until it is told to stop; entered once it says ``ready``."""

    def __init__(self, words: list[str], ready: str) -> None:
        self._words, self._ready = words, ready

    def __enter__(self) -> str:
        env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.cli", *self._words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, text=True, encoding="utf-8",
        )  # fmt: skip
        try:
            return str(heard_until(self._process, lambda said: self._ready in said))
        except BaseException:
            self._process.kill()
            raise

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise


def test_the_page_on_drives_joins_a_log_with_its_track(empty: Path) -> None:
    rows = ("sent_at,rtt,speed", *(f"{1700000000000 + 100 * at},{10 + at % 3},60" for at in range(200)))
    table(empty / "drive.csv", *rows)
    shutil.copy(ROOT / "profiles/dynamic.nmea", empty / "drive.nmea")
    assert main(["run", str(profile(empty, "s02", snippets(PAGE["judge-a-drive"])[0]))]) in JUDGED


def test_the_page_on_receivers_records_the_simulated_one(empty: Path) -> None:
    (words,) = (each for each in commands(PAGE["record-a-receiver"]) if each[0] == "simulate")
    with served(words, "/dev/") as said:
        (port,) = set(re.findall(r"/dev/pts/\d+", said))
        text = snippets(PAGE["record-a-receiver"])[0].replace("/dev/ttyUSB0", port)
        assert main(["run", str(profile(empty, "s08", text))]) in JUDGED


def test_the_page_on_watching_shows_a_campaign(empty: Path) -> None:
    (empty / "results").mkdir()
    told = [words for words in commands(PAGE["watch-a-campaign"]) if words[0] == "console"]
    port = free_port()
    with served([*told[0], "--port", str(port)], "http://") as said:
        (link,) = set(re.findall(r"http://127\.0\.0\.1:\d+\S*", said))
        with urllib.request.urlopen(link, timeout=30) as answer:  # noqa: S310 - the page of our own server
            assert answer.status == 200
    words = [each if each != "192.168.1.20" else "127.0.0.1" for each in told[1]]
    with served([*words, "--port", str(port)], f"http://127.0.0.1:{port}") as said:
        assert "http://" in said
    assert main(["doctor"]) == 0


def test_the_page_on_ci_judges_bundles_with_pytest(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    case = make_case(tmp_path_factory.mktemp("ci") / "case")
    assert main(["run", str(case), "--out", str(empty)]) == 1
    text = next(text for kind, text in blocks(PAGE["judge-in-ci"]) if kind == "sh")
    line = next(each for each in text.splitlines() if each.startswith("pytest "))
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "harness.pytest_plugin"}
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=junit.xml", "case.bundle"]
    assert shlex.split(line) == ["pytest", *words[5:6], "*.bundle"]
    done = subprocess.run(words, cwd=empty, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stdout
    assert (empty / "junit.xml").is_file()
