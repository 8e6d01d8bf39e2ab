# SPDX-License-Identifier: Apache-2.0
"""The page on measuring an AI service is carried out: its profiles, its campaign with two skins, its settings."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from probes.service.plans.settings import CallSettings, LoadSettings, SearchSettings
from probes.service.simulators.plans import EndpointPlan
from probes.service.simulators.run import simulate

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "how-to/measure-an-ai-service.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to/write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
REAL, SIMULATED, LISTS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
COMPANIES = "企业名称,统一社会信用代码,合同文件,合同日期\n示例甲公司,91420100MA4K00000X,a.pdf,2023-06-01\n"
S05 = HEAD.replace("scenario: s01", "scenario: s05")


def test_the_profile_of_a_real_service_calls_loads_and_searches_the_address_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YANSHOU_SERVICE_KEY", "a key that the endpoint does not ask for")
    text = REAL
    with simulate({"entries": 3, "first": "1 ms", "step": "1 ms", "tokens": 4}, tmp_path) as given:
        shutil.copy(given["catalogue"], "solutions.csv")
        quick = {
            "http://10.0.0.1:8000/v1": given["url"],
            "my-model": given["model"],
            "rate: 2/s, duration: 1 h": "rate: 20/s, duration: 1 s",
            "rates: [1/s, 2/s, 4/s, 8/s], requests: 2000": "rates: [200/s, 400/s], requests: 200",
            "arrival_rate: 2/s": "arrival_rate: 20/s",
        }
        for there, here in quick.items():
            assert there in text, there
            text = text.replace(there, here)
        Path("service.yaml").write_text(S05 + "practice: true\n" + text, encoding="utf-8")
        assert main(["run", "service.yaml"]) == 1  # three solutions are no twenty
        shutil.copy(given["catalogue"], "algorithms.csv")
        Path("contracts").mkdir()
        Path("companies.csv").write_text(COMPANIES, encoding="utf-8")
        Path("lists.yaml").write_text(S05 + LISTS.replace("companies.xlsx", "companies.csv"), encoding="utf-8")
        assert main(["run", "lists.yaml"]) == 1  # three algorithms are no hundred, and the company has no contract
    lists = json.loads(Path("lists.bundle/data/results.json").read_text(encoding="utf-8"))["indicators"]
    values = {each["id"]: (each["estimate"] or {}).get("value") for each in lists}
    assert (values["s05.algorithms.called"], values["s05.enterprises"]) == (3, 0)
    results = json.loads(Path("service.bundle/data/results.json").read_text(encoding="utf-8"))
    found = {each["id"]: each for each in results["indicators"]}
    assert found["s05.solutions.called"]["estimate"]["value"] == 3
    loaded = [each for each in found if each.startswith("s05.service.") and found[each]["verdict"] != "NOT_TESTED"]
    assert len(loaded) == 6
    assert {found[each]["verdict"] for each in loaded} == {"INCONCLUSIVE"}, "a second is no hour"
    assert found["s05.service.errors"]["estimate"]["value"] == 0
    assert "service.searched-at-larger-risk" not in json.dumps(found["s05.service.capacity"]), "as the page has it"


def test_the_simulated_platform_runs_and_the_skins_are_found_and_the_analyser_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("service.yaml").write_text(S05 + SIMULATED, encoding="utf-8")
    assert main(["run", "service.yaml"]) == 1  # twelve solutions are no twenty
    results = json.loads(Path("service.bundle/data/results.json").read_text(encoding="utf-8"))
    found = {each["id"]: each for each in results["indicators"]}
    assert found["s05.solutions.called"]["verdict"] == "FAIL"
    assert float(found["s05.solutions.called"]["estimate"]["value"]) == 10
    assert "service.skins" in json.dumps(found["s05.solutions.called"])
    assert "service.no-requests" not in json.dumps(found["s05.service.errors"])
    assert main(["replay", "service.bundle"]) == 1
    assert main(["report", "service.bundle", "--format", "html", "--out", "page"]) == 0
    page = next(Path("page").glob("*.html")).read_text(encoding="utf-8")
    _same_figures(found, page, capsys)


def _same_figures(found: dict[str, Any], page: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the analyser says of both traces, key by key, is what results.json and the page say."""
    load = _analysed(capsys, "service.bundle/data/traces/s05.service.ttft/source/0001.jsonl")["together"]
    value = {each: found[f"s05.service.{each}"]["estimate"]["value"] for each in ("ttft", "itl", "errors", "goodput")}
    assert load["latency_of_all"]["ttft"]["p95_ms"] == pytest.approx(value["ttft"], rel=1e-8)
    assert load["latency_of_all"]["tpot"]["p95_ms"] == pytest.approx(value["itl"], rel=1e-8)
    assert load["error_ratio"] == pytest.approx(value["errors"], rel=1e-8)
    assert load["goodput"] == pytest.approx(value["goodput"], rel=1e-8)
    assert load["requests"] == found["s05.service.ttft"]["estimate"]["n"]
    assert load["token_rate"] == pytest.approx(found["s05.service.throughput"]["estimate"]["value"], rel=1e-8)
    lists = {each["key"]: each["rows"] for each in found["s05.service.ttft"]["listings"]}
    parts = ("latency", "latency_of_all", "phases", "ttft_by_connection")
    told = [tuple(each.values()) for part in parts for each in load[part].values() if each["n"]]
    assert [tuple(cells) for _, *cells in lists["latencies"]] == told
    sums = ("requests", "whole", "tokens", "tokens_unknown", "chunks", "prompt_tokens", "cached_tokens", "token_rate")
    counted = [*(load[each] for each in sums), *load["errors"].values()]
    assert [value for _, value in lists["sums"]] == counted
    for number in (*told[0][1:], *told[1][1:], load["token_rate"]):
        assert f"{number:.6g}" in page
    given = ("--catalogue", "service.bundle/data/documents/s05.solutions.called/catalogue.table")
    called = _analysed(capsys, "service.bundle/data/traces/s05.solutions.called/source/0001.jsonl", *given)["calls"]
    entries = found["s05.solutions.called"]
    assert called["clusters"] == entries["estimate"]["value"] == 10
    assert called["answering"] == entries["estimate"]["diagnostics"]["answering"]
    rows = {each["key"]: each["rows"] for each in entries["listings"]}["entries"]
    assert [list(each.values())[:-1] for each in called["each"]] == [row[:-1] for row in rows]


def _analysed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["analyse", "service", *arguments, "--json"]) == 0
    file: dict[str, Any] = json.loads(capsys.readouterr().out)["files"][0]
    return file


def test_settings_of_the_page_exist() -> None:
    for name in ("usage_in_chunks", "sessions", "apart"):
        assert name in TEXT
        assert name in LoadSettings.model_fields
    for name in ("rates", "risk"):
        assert name in TEXT
        assert name in SearchSettings.model_fields
    assert "draw" in CallSettings.model_fields
    assert {"skins", "entries", "cut"} <= EndpointPlan.model_fields.keys()
