# SPDX-License-Identifier: Apache-2.0
"""No constant, threshold, setting, effort, rule, source, attempt or rehearsal turns what is no PASS into one; evidence does."""

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.campaign import run
from harness.errors import SpecError, UsageError

Edit = Callable[[Path, str, str], None]
TIGHT = "parameters: {floor: 50 %}, tighten: {floor: higher}, minimum: {trials: 40},"
CONSTANTS = "constants: {settling: {default: 3 s, stricter: shorter, range: [1 s, 3 s]}}\n    evidence:"
EVIDENCE = {
    "short": [40] * 39,  # clean, but below the minimum
    "open": [40] * 50 + [60] * 8,  # 14 % of 58: undecided
    "heavy": [40] * 30 + [60] * 30,
}
MOVES = [
    "declared: {t09.heavy: {settling: 2 s}}",
    "declared: {t09.heavy: {settling: 30 s}}",
    "declared: {t09.heavy: {settling: 1 ms}}",
    "gates: {t09.heavy: {floor: 60 %}}",
    "gates: {t09.heavy: {floor: 0 %}}",
    "minimum: {t09.heavy: {trials: 1}}",
    "minimum: {t09.heavy: {trials: 40}}",
    'limits: {t09.heavy: "<= 99 %"}',
    'limits: {t09.heavy: "<= 19 %"}',
    "confidence: {t09.heavy: 51 %}",
    "confidence: {t09.heavy: 99 %}",
    "rules: {t09.heavy: simple}",
    "rules: {t09.heavy: stringent}",
    "attempts: 3",
    "practice: true",
    "readings: {t09.heavy: share}",
]
SOURCES = [
    "{file: scale.log}",
    "{file: scale.log, tare: 30}",
    "{file: scale.log, evidence: [{probe: scales.log, name: other, file: good.log}]}",
    "{file: good.log, evidence: [{probe: scales.log, name: other, file: scale.log}]}",
]


@pytest.fixture
def strict(scales: Path, edit: Edit) -> Path:
    """The scales under a scenario with a constant, a threshold and a minimum."""
    scenario = scales.parent / "scales.scenario.yaml"
    edit(scenario, "parameters: {},", TIGHT)
    edit(scenario, "evidence:", CONSTANTS)
    (scales.parent / "good.log").write_text("40\n" * 500, encoding="utf-8")
    return scales


@given(
    st.sampled_from(sorted(EVIDENCE)),
    st.lists(st.sampled_from(MOVES), max_size=3, unique_by=lambda line: line.partition(":")[0]),
    st.sampled_from(SOURCES),
    st.integers(1, 3),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_no_pass_by_its_evidence_is_none_by_its_profile(
    strict: Path, evidence: str, moves: list[str], source: str, attempts: int
) -> None:
    text = strict.read_text(encoding="utf-8").replace("{file: scale.log}", source)
    profile = strict.with_name("moved.yaml")
    profile.write_text(text.replace("sources:", "\n".join([*moves, "sources:"])), encoding="utf-8")
    (strict.parent / "scale.log").write_text("".join(f"{kg}\n" for kg in EVIDENCE[evidence]), encoding="utf-8")
    out = Path(mkdtemp(dir=strict.parent))
    for _ in range(attempts):
        try:
            done = run(profile, out)
        except (SpecError, UsageError):
            return  # refused before anything was measured
        assert done.evaluation.verdict != "PASS"


def test_evidence_does(strict: Path, tmp_path: Path) -> None:
    (strict.parent / "scale.log").write_text("40\n" * 60, encoding="utf-8")
    assert run(strict, tmp_path).evaluation.verdict == "PASS"


def test_a_good_part_beside_a_bad_one_hides_nothing(strict: Path, tmp_path: Path, edit: Edit) -> None:
    (strict.parent / "scale.log").write_text("60\n" * 60, encoding="utf-8")
    edit(strict, SOURCES[0], SOURCES[2])
    assert run(strict, tmp_path).evaluation.verdict == "FAIL"
