# SPDX-License-Identifier: Apache-2.0
"""A drawn sample proves nothing to others while only its keeper vouches for the draw: a file alone can play both sides."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import installed
from harness.evidence.keys import generate
from harness.kit.draw import read_draw
from harness.replay import replay

Say = Callable[..., tuple[int, str, str]]
SITE = """\
schema: yanshou.profile/1
scenario: p05
project:
  name: 数字化改造
  applicant: {name: 示例企业02（江岸区）有限公司, uscc: 91420102MA42HRWN44}
  period: {start: 2023-05-18, end: 2024-05-18}
  site: 武汉市示例园区
test: {kind: KIND, organisation: 某检测中心, operator: 某某}
sources:
  p05.processes: {register: list.csv, draw: s.draw.jsonl, checked: checked.csv}
signing: {ed25519: test.ed25519.pem}
"""


@pytest.fixture
def drawn(tmp_path: Path, says: Say) -> Path:
    """A folder with a list of 200 processes, a draw whose dice nobody else saw, and an auditor's sheet without a bad item."""
    rows = "".join(f"Q-{each},工序{each}\n" for each in range(200))
    (tmp_path / "list.csv").write_text("工序编号,工序名称\n" + rows, encoding="utf-8")
    place = tmp_path / "s.draw.jsonl"
    assert says("draw", "seal", place, "--list", tmp_path / "list.csv", "--sizes", "60", "--parties", "none")[0] == 0
    assert says("draw", "typed", place, "--source", "dice", "--value", "3 1 4 1 5 9 2 6")[0] == 0
    found = "".join(f"Q-{each},是\n" for each in read_draw(place.read_bytes()).positions)
    (tmp_path / "checked.csv").write_text("工序编号,核查结论\n" + found, encoding="utf-8")
    generate(tmp_path / "test")
    generate(tmp_path / "office")
    return tmp_path


def run(folder: Path, says: Say, kind: str, *more: object) -> tuple[str, bool]:
    """The verdict of the sampled indicator, and whether the draw was called unwitnessed."""
    profile = folder / "site.yaml"
    profile.write_text(SITE.replace("KIND", kind), encoding="utf-8")
    code, _, told = says("run", profile, "--out", folder, *more)
    assert code == 3, told
    root = folder / "site.bundle"
    assert replay(root).identical
    entries = json.loads((root / "data/results.json").read_bytes())["indicators"]
    (entry,) = (each for each in entries if each["id"] == "p05.processes")
    codes = [each["code"] for each in (*entry["reasons"], *entry["remarks"])]
    return entry["verdict"], "draw.unwitnessed" in codes


@pytest.mark.parametrize(("kind", "verdict"), [("self-check", "PASS"), ("third-party", "INCONCLUSIVE")])
def test_a_draw_of_one_side_is_a_remark_for_oneself_and_no_proof_for_others(
    kind: str, verdict: str, drawn: Path, says: Say
) -> None:
    assert run(drawn, says, kind) == (verdict, True)


def test_the_signature_of_another_side_under_the_record_is_one_and_verify_says_whose(drawn: Path, says: Say) -> None:
    place, trust = drawn / "s.draw.jsonl", drawn / "trust.toml"
    assert says("draw", "sign", place, "--key", drawn / "office.ed25519.pem")[0] == 0
    assert run(drawn, says, "third-party") == ("PASS", False)
    office = drawn / "office.ed25519.pub.pem"
    assert says("trust", "add", office, "--name", "验收办", "--role", "office", "--file", trust)[0] == 0
    told = says("verify", drawn / "site.bundle", "--trust", trust)[1]
    assert "验收办 (office, " in told


def test_a_counter_signed_plan_that_holds_the_draw_vouches_for_it(drawn: Path, says: Say) -> None:
    profile, plan = drawn / "site.yaml", drawn / "site.plan.json"
    profile.write_text(SITE.replace("KIND", "third-party"), encoding="utf-8")
    assert says("plan", profile, "--seal", "--out", plan)[0] == 0
    assert says("sign", plan, "--key", drawn / "office.ed25519.pem")[0] == 0
    assert run(drawn, says, "third-party", "--plan", plan) == ("PASS", False)


def test_who_made_the_plan_is_nobody_else_under_the_draw(drawn: Path, says: Say) -> None:
    profile, plan = drawn / "site.yaml", drawn / "site.plan.json"
    profile.write_text(SITE.replace("KIND", "third-party"), encoding="utf-8")
    assert says("draw", "sign", drawn / "s.draw.jsonl", "--key", drawn / "test.ed25519.pem")[0] == 0
    assert says("plan", profile, "--seal", "--out", plan)[0] == 0
    assert run(drawn, says, "third-party", "--plan", plan) == ("INCONCLUSIVE", True)


def test_no_measurand_takes_a_seed_of_a_sample() -> None:
    """A number that the applicant writes alone can be tried until the sample suits; a sample is drawn in public."""
    known = [installed.measurand(name) for name in installed.names("yanshou.measurands")]
    constants = {each.name for found in known if found for each in found.constants}
    assert len(constants) > 20
    assert [each for each in sorted(constants) if "seed" in each or "random" in each] == []


@pytest.mark.parametrize(
    ("setting", "declared", "cure"),
    [(", drawn: 20", "", "draw"), ("", "declared: {s04.visual: {sample_seed: 7}}\n", "fresh_within")],
    ids=["how many", "a seed"],
)
def test_a_sample_that_the_profile_draws_by_itself_is_refused(
    setting: str, declared: str, cure: str, tmp_path: Path, says: Say
) -> None:
    (tmp_path / "assets.csv").write_text("资产编号,名称,可视\nA-1,泵,否\nA-2,泵,否\n", encoding="utf-8")
    generate(tmp_path / "test")
    source = f"  s04.visual: {{probe: plant.assets, file: assets.csv{setting}}}\n{declared}"
    head, _, tail = SITE.replace("p05", "s04").replace("KIND", "self-check").partition("sources:\n")
    profile = tmp_path / "site.yaml"
    profile.write_text(f"{head}sources:\n{source}{tail.partition(chr(10))[2]}", encoding="utf-8")
    code, _, told = says("run", profile, "--out", tmp_path)
    assert code == 2
    assert cure in told.partition(setting[2:7] or "sample_seed")[2], told
    assert not (tmp_path / "site.bundle").exists()


def test_a_draw_over_a_plants_register_that_one_side_keeps_proves_nothing_to_others(tmp_path: Path, says: Say) -> None:
    rows = "".join(f"A-{each},泵\n" for each in range(60))
    (tmp_path / "assets.csv").write_text("资产编号,名称\n" + rows, encoding="utf-8")
    place = tmp_path / "s.draw.jsonl"
    assert says("draw", "seal", place, "--list", tmp_path / "assets.csv", "--sizes", "20", "--parties", "none")[0] == 0
    assert says("draw", "typed", place, "--source", "dice", "--value", "3 1 4 1 5 9 2 6")[0] == 0
    generate(tmp_path / "test")
    generate(tmp_path / "office")
    source = "  s04.visual: {probe: plant.assets, file: assets.csv, draw: s.draw.jsonl}\n"
    head, _, tail = SITE.replace("p05", "s04").replace("KIND", "third-party").partition("sources:\n")
    profile = tmp_path / "site.yaml"
    profile.write_text(f"{head}sources:\n{source}{tail.partition(chr(10))[2]}", encoding="utf-8")
    for witnessed in (False, True):
        if witnessed:
            assert says("draw", "sign", place, "--key", tmp_path / "office.ed25519.pem")[0] == 0
        out = tmp_path / f"out-{witnessed}"
        assert says("run", profile, "--out", out)[0] in {1, 3}
        entries = json.loads((out / "site.bundle/data/results.json").read_bytes())["indicators"]
        (entry,) = (each for each in entries if each["id"] == "s04.visual")
        codes = [each["code"] for each in (*entry["reasons"], *entry["remarks"])]
        assert ("draw.unwitnessed" in codes) != witnessed
