# SPDX-License-Identifier: Apache-2.0
import json
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from harness.campaign import run
from harness.errors import EvidenceError, SpecError, UsageError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_journal
from harness.evidence.verify import verify
from harness.replay import replay
from harness.results import document

Edit = Callable[[Path, str, str], None]


def verdicts(results: dict[str, object]) -> dict[str, str]:
    return {each["id"]: each["verdict"] for each in results["indicators"]}


def test_a_campaign_ends_with_a_verdict_for_every_indicator_and_a_sealed_bundle(case: Path, tmp_path: Path) -> None:
    done = run(case, tmp_path / "out")
    assert verdicts(done.evaluation.results) == {
        "t01.adopters": "PASS",
        "t01.others": "FAIL",
        "t01.unmeasured": "NOT_TESTED",
    }
    assert done.evaluation.verdict == "FAIL"
    assert Bundle.open(done.root).sealed
    assert not verify(done.root).defects


def test_other_readings_are_judged_beside_the_one_that_counts(case: Path, tmp_path: Path) -> None:
    first = run(case, tmp_path).evaluation.results["indicators"][0]
    assert first["reading"]["name"] == "count"
    assert [(each["reading"], each["verdict"], each["estimate"]["value"]) for each in first["other_readings"]] == [
        ("wuhan", "PASS", 3)
    ]


def test_replay_recomputes_every_byte(case: Path, tmp_path: Path) -> None:
    assert replay(run(case, tmp_path).root).differences == ()


def test_a_bundle_in_the_form_of_another_version_verifies_but_is_not_replayed(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(*given: Any) -> dict[str, Any]:
        return {**document(*given), "schema": "yanshou.results/1"}

    monkeypatch.setattr("harness.results.document", older)
    root = run(case, tmp_path).root
    assert not verify(root).defects
    with pytest.raises(
        EvidenceError, match=r"form 'yanshou\.results/1', this version reads 'yanshou\.results/2'\. Cure:"
    ):
        replay(root)


def test_replay_names_what_differs_when_results_were_edited(case: Path, tmp_path: Path) -> None:
    bundle = Bundle.open(run(case, tmp_path).root)
    edited = bundle.results_path.read_bytes().replace(b'"verdict":"FAIL"', b'"verdict":"PASS"')
    bundle.results_path.write_bytes(edited)
    with pytest.raises(EvidenceError, match="results-edited"):
        replay(bundle.root)
    differences = replay(bundle.root, unverified=True).differences
    assert any("t01.others" in each and "sealed" in each for each in differences)


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_results_are_the_same_for_any_number_of_workers(case: Path, tmp_path: Path, workers: int) -> None:
    root = run(case, tmp_path).root
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        assert replay(root, executor=pool).identical


class Backwards(ThreadPoolExecutor):
    """Hands futures out in an order of its own: the last chunk submitted finishes first."""

    def submit(self, call, /, *args, **kwargs):
        import time

        self.delay = getattr(self, "delay", 0.5) * 0.6
        return super().submit(lambda delay: (time.sleep(delay), call(*args, **kwargs))[1], self.delay)


def test_results_are_the_same_when_chunks_finish_in_another_order(case: Path, tmp_path: Path) -> None:
    root = run(case, tmp_path).root
    executor: Executor
    with Backwards(8) as executor:
        assert replay(root, executor=executor).identical


def test_a_second_attempt_is_kept_and_counted(case: Path, tmp_path: Path) -> None:
    run(case, tmp_path)
    done = run(case, tmp_path)
    assert done.evaluation.results["campaign"]["attempts"] == {"made": 2, "planned": 2}
    kinds = [event.kind for event in read_journal(Bundle.open(done.root).journal_path)]
    assert kinds.count("attempt_started") == kinds.count("attempt_ended") == 2
    assert not verify(done.root).defects
    assert replay(done.root).identical


def test_an_attempt_beyond_the_declared_number_cannot_pass(case: Path, tmp_path: Path) -> None:
    for _ in range(3):
        done = run(case, tmp_path)
    first = done.evaluation.results["indicators"][0]
    assert first["verdict"] == "INCONCLUSIVE"
    assert "decide.attempts-exhausted" in [reason["code"] for reason in first["reasons"]]


def test_an_interrupted_bundle_goes_on_only_with_resume(case: Path, tmp_path: Path) -> None:
    root = run(case, tmp_path).root
    (root / "tagmanifest-sha256.txt").unlink()
    with pytest.raises(UsageError, match="interrupted") as caught:
        run(case, tmp_path)
    assert "--resume" in caught.value.cure


def test_a_profile_changed_after_the_start_is_refused(case: Path, tmp_path: Path, edit: Edit) -> None:
    run(case, tmp_path)
    edit(case, "name: 测试项目", "name: 另一个项目")
    with pytest.raises(UsageError, match="was changed since"):
        run(case, tmp_path)


def test_resuming_what_never_began_is_a_usage_error(case: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="to resume"):
        run(case, tmp_path / "empty", resume=True)


def test_resuming_a_finished_campaign_gives_its_verdicts_again(case: Path, tmp_path: Path) -> None:
    first = run(case, tmp_path)
    before = first.root.joinpath("data/results.json").read_bytes()
    assert run(case, tmp_path, resume=True).root.joinpath("data/results.json").read_bytes() == before
    assert not verify(first.root).defects


def test_nothing_is_made_when_the_preflight_fails(case: Path, tmp_path: Path) -> None:
    (case.parent / "others.csv").write_text("not a register", encoding="utf-8")
    with pytest.raises(UsageError):
        run(case, tmp_path / "out")
    assert not (tmp_path / "out" / "case.bundle").exists()


def test_every_wrong_setting_is_placed_in_the_profile(case: Path, tmp_path: Path, edit: Edit) -> None:
    edit(case, "register: adopters.csv", "register: absent.csv")
    edit(case, "register: others.csv", "regsiter: others.csv")
    with pytest.raises(SpecError) as caught:
        run(case, tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) >= 2
    assert all(f"{case}:" in line and "Cure:" in line for line in lines)


def test_an_uninstalled_probe_is_named_with_its_place(case: Path, tmp_path: Path, edit: Edit) -> None:
    edit(case, "t01.unmeasured: {path", "t01.unmeasured: {probe: no.such, path")
    with pytest.raises(
        SpecError, match=r"case\.yaml:\d+:\d+: sources\.t01\.unmeasured\.probe: 'no\.such' is not installed"
    ):
        run(case, tmp_path)


def test_results_hold_no_time_and_no_path_of_the_machine(case: Path, tmp_path: Path) -> None:
    text = json.dumps(run(case, tmp_path).evaluation.results)
    assert str(tmp_path) not in text
    assert "time_ns" not in text


def test_a_document_whose_name_no_system_allows_everywhere_is_kept_and_the_bundle_verifies(
    case: Path, tmp_path: Path
) -> None:
    documents, register = case.parent / "documents", case.parent / "adopters.csv"
    (documents / "HT-87XL.txt").rename(documents / "合同 100%.txt")
    register.write_text(register.read_text(encoding="utf-8").replace("HT-87XL.txt", "合同 100%.txt"), encoding="utf-8")
    done = run(case, tmp_path)
    assert done.evaluation.results["indicators"][0]["estimate"]["value"] == 5
    assert not verify(done.root).defects
