# SPDX-License-Identifier: Apache-2.0
"""The profile that the how-to builds up loads at every step, and the refusals it names are the real ones."""

import re
from pathlib import Path

import pytest

from harness.cli import main
from harness.errors import SpecError
from harness.spec import find_scenario, parse_profile

TEXT = (Path(__file__).resolve().parents[2] / "docs/how-to/write-a-profile.md").read_text(encoding="utf-8")
HEAD, *STEPS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def load(text: str) -> None:
    scenario = re.findall(r"^scenario: (\S+)$", text, re.MULTILINE)[-1]
    parse_profile(text.encode(), "site.yaml", find_scenario(scenario).scenario)


def with_step(step: str) -> str:
    """The shortest profile and one step; a step that names another scenario takes its place."""
    head = HEAD.replace("scenario: s01\n", "") if step.startswith("scenario:") else HEAD
    return head + step


@pytest.mark.parametrize("step", ["", *STEPS], ids=lambda step: step.partition(":")[0] or "shortest")
def test_every_step_of_the_how_to_loads(step: str) -> None:
    load(with_step(step))


def test_refusal_of_a_relaxed_limit_reads_as_the_how_to_shows_it() -> None:
    shown = next(line for line in TEXT.splitlines() if "relaxes the government's limit" in line)
    with pytest.raises(SpecError) as refusal:
        load(HEAD + 'limits: {s01.latency: "<= 3 ms"}\n')
    assert str(refusal.value) == shown


@pytest.mark.parametrize(
    ("mistake", "replaced"),
    [
        ("would be read as a number that cannot be held exactly", ("91420111MAEX00117T", "914201007070707071")),
        ("did you mean", ("site:", "sight:")),
        ("is of dimension ratio", ("test:", 'limits: {s01.nodes: ">= 60"}\ntest:')),
        ("has no source of its own to borrow from", ("test:", "sources: {s01.loss: {evidence: [s01.latency]}}\ntest:")),
        ("There is no value here", ("site: 武汉市洪山区某路 1 号", "site:")),
    ],
)
def test_mistakes_in_the_table_are_told_in_those_words(mistake: str, replaced: tuple[str, str]) -> None:
    assert mistake in TEXT
    with pytest.raises(SpecError, match=mistake):
        load(HEAD.replace(*replaced))


def test_the_code_of_the_first_example_is_one_that_a_plan_does_not_complain_about(tmp_path: Path, capsys) -> None:
    (tmp_path / "site.yaml").write_text(HEAD, encoding="utf-8")
    assert main(["plan", str(tmp_path / "site.yaml")]) == 0
    told = capsys.readouterr()
    assert "GB 32100" not in told.out + told.err
