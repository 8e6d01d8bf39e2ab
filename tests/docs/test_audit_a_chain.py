# SPDX-License-Identifier: Apache-2.0
"""The page on auditing a chain is carried out: its profiles, its campaign with a node on a fork, its settings."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from probes.chain.formats import proposals
from probes.chain.plans.settings import ChainSettings
from probes.chain.simulators.network import simulate
from probes.chain.simulators.plans import NetworkSettings
from tests.probes.chain.remote import CHANNEL, Consortium, holder, serving

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "how-to/audit-a-chain.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to/write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
REAL, NAMED, SIMULATED = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
S09 = HEAD.replace("scenario: s01", "scenario: s09")


def judged() -> dict[str, Any]:
    """What comes of chain.yaml in this folder: indicator -> its entry of results.json."""
    assert main(["run", "chain.yaml"]) == 1
    results = json.loads(Path("chain.bundle/data/results.json").read_text(encoding="utf-8"))
    return {each["id"]: each for each in results["indicators"]}


def test_the_profile_of_a_real_chain_asks_the_nodes_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with simulate({"count": 2, "records": 100, "per_block": 10}, tmp_path) as given:
        text = REAL
        for at, node in enumerate(given["nodes"], 1):
            assert f"http://10.0.0.{at}:20200" in text
            text = text.replace(f"http://10.0.0.{at}:20200", node["url"])
        Path("chain.yaml").write_text(S09 + "practice: true\n" + text, encoding="utf-8")
        found = judged()
    assert found["s09.nodes"]["estimate"]["diagnostics"] == {"claimed": 2, "listed": 2, "proven": 2}
    assert found["s09.nodes"]["estimate"]["value"] == 0, "nobody proves whose they are: the page's key is empty"
    assert (found["s09.records"]["estimate"]["value"], found["s09.sm"]["verdict"]) == (100, "PASS")


def test_the_profile_of_peers_that_know_their_askers_is_answered_by_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chain, tls = Consortium(2, 20), [holder("tls1"), holder("tls2")]
    Path("reader.pem").write_bytes(chain.client[1].pem)
    monkeypatch.setenv("READER_KEY", chain.client[1].secret.decode())
    with serving(proposals.PATH, [chain.answering(each) for each in chain.peers], tls) as urls:
        text = NAMED.replace("mychannel", CHANNEL)
        for at, url in enumerate(urls, 1):
            assert f"grpcs://10.0.0.{at}:7051" in text
            text = text.replace(f"grpcs://10.0.0.{at}:7051", url)
        Path("chain.yaml").write_text(S09 + "practice: true\n" + text, encoding="utf-8")
        found = judged()
    assert (found["s09.nodes"]["estimate"]["value"], found["s09.nodes"]["verdict"]) == (2, "FAIL")
    assert chain.client[1].secret not in b"".join(
        each.read_bytes() for each in Path("chain.bundle").rglob("*") if each.is_file()
    )


def test_the_simulated_chain_runs_and_the_fork_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chain.yaml").write_text(S09 + SIMULATED, encoding="utf-8")
    assert main(["run", "chain.yaml"]) == 1  # two hundred records are no hundred thousand, and one node is on a fork
    results = json.loads(Path("chain.bundle/data/results.json").read_text(encoding="utf-8"))
    found = {each["id"]: each for each in results["indicators"]}
    assert found["s09.nodes"]["verdict"] == "FAIL"
    assert "chain.struck-forked" in json.dumps(found["s09.nodes"])
    assert found["s09.sm"]["verdict"] == "PASS"
    assert main(["replay", "chain.bundle"]) == 1


def test_the_command_of_the_page_reads_a_block_a_ledger_a_certificate_and_a_handshake(
    shared_data: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (words,) = re.findall(r"^yanshou (analyse .*)$", TEXT, re.MULTILINE)
    made = {
        "block.json": ("fisco3", "sdk_block_L206.json"),
        "ledger.blockfile": ("fabric", "sample_prod.blockfile"),
        "node.crt": ("sm", "certs", "fisco_sm_node.crt"),
        "handshake.pcap": ("tlcp", "tlcp_ecc_gcm.pcap"),
    }
    for name, parts in made.items():
        shutil.copy(shared_data("blockchain", *parts), name)
    assert main(words.split()) == 0
    found = json.loads(capsys.readouterr().out)["files"]
    assert [Path(each["path"]).name for each in found] == list(made)
    assert found[0]["consistent"] is False, "as the page says of an SDK's own example"


def test_settings_of_the_page_exist() -> None:
    for name in ("first", "last", "contracts", "receipts", "batch", "pause", "timeout", "originals", "draw"):
        assert f"`{name}" in TEXT
        assert name in ChainSettings.model_fields
    assert "forked" in NetworkSettings.model_fields
