# SPDX-License-Identifier: Apache-2.0
"""Constants obey the law of limits: strict by default, tightened only, and worth nothing once the evidence contradicts them."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.campaign import run
from harness.errors import SpecError
from harness.kit.contradictions import contradicted
from harness.model import Reading, Rule, Text
from harness.plugins import Ask, Request
from harness.quantity import Quantity
from harness.spec import parse_profile, parse_scenario

Edit = Callable[[Path, str, str], None]
CORPUS = Path(__file__).parent / "spec" / "corpus" / "good"
SCENARIO = (CORPUS / "scenario_full.yaml").read_bytes()
HEAD = """\
schema: yanshou.profile/1
scenario: t09
project:
  name: 某工厂
  applicant: {name: 武汉某公司, uscc: 91420100MA4L0X1C2K}
  period: {start: 2023-05-18, end: 2024-05-18}
  site: 武汉市
test: {kind: self-check, organisation: 武汉某公司, operator: 张三}
"""


def asked(parameters: dict[str, Any], declared: dict[str, Any], defaults: dict[str, Any]) -> Request:
    reading = Reading("asked", Text("读法", "reading"), "a.b", "quantile", parameters)
    risk = Fraction(1, 20)
    return Request("t.a", reading, None, Rule.GUARDED, risk, risk, declared, defaults=defaults)


@pytest.mark.parametrize(
    ("parameters", "declared", "defaults", "held"),
    [
        ({}, {}, {}, None),
        ({}, {}, {"T": "10 s"}, "10 s"),
        ({"T": "8 s"}, {}, {"T": "10 s"}, "8 s"),
        ({"T": "8 s"}, {"T": "5 s"}, {"T": "10 s"}, "5 s"),
    ],
)
def test_a_constant_is_declared_else_the_readings_else_the_scenarios(
    parameters: Any, declared: Any, defaults: Any, held: str | None
) -> None:
    request = asked(parameters, declared, defaults)
    assert request.constant("T") == (None if held is None else Quantity.parse(held))
    ask = Ask("t.a", (request.reading,), (), declared, defaults)
    assert ask.written(request.reading, "T") == held


def test_a_constant_that_the_evidence_contradicts_counts_as_undeclared_and_is_told() -> None:
    request = asked({}, {"longest": "50 packets"}, {})
    same, nothing = contradicted(request, "longest", Quantity.parse("50 packets"))
    assert (same, nothing) == (request, ())
    refuted, told = contradicted(request, "longest", Quantity.parse("51 packets"))
    assert refuted.constant("longest") is None
    assert refuted.constant("longest", "1 packets") is None
    assert [each.code for each in told] == ["constants.contradicted"]
    assert "51 packets" in told[0].text.en


def test_less_than_a_constant_allows_may_contradict_it_as_well() -> None:
    request = asked({}, {}, {"interval": "1 s"})
    assert contradicted(request, "interval", Quantity.parse("2 s"), above=False)[1] == ()
    assert contradicted(request, "interval", Quantity.parse("500 ms"), above=False)[1]


@given(st.integers(1, 20_000))
def test_no_profile_moves_a_constant_to_the_lenient_side(milliseconds: int) -> None:
    """waiting_time: 3 s by default, only shorter, from 10 ms."""
    scenario = parse_scenario(SCENARIO, "scenario_full.yaml")
    written = HEAD + f"declared: {{t09.latency: {{waiting_time: {milliseconds} ms}}}}\n"
    if 10 <= milliseconds <= 3000:
        parse_profile(written.encode(), "p.yaml", scenario)
    else:
        with pytest.raises(SpecError, match="waiting_time"):
            parse_profile(written.encode(), "p.yaml", scenario)


@given(st.fractions(0, 1, max_denominator=1000), st.booleans())
def test_no_profile_lowers_a_threshold_or_an_effort(share: Fraction, gate: bool) -> None:
    scenario = parse_scenario(SCENARIO, "scenario_full.yaml")
    hours = share * 16
    line = (
        f"readings: {{t09.latency: share-within}}\ngates: {{t09.latency: {{min_answered: {share}}}}}\n"
        if gate
        else f"minimum: {{t09.latency: {{duration: {hours} h}}}}\n"
    )
    allowed = share >= Fraction(9, 10) if gate else hours >= 8
    if allowed:
        reading = parse_profile((HEAD + line).encode(), "p.yaml", scenario).criterion("t09.latency").reading
        assert (str(share) if gate else Quantity(hours, "h")) in {
            str(reading.parameters.get("min_answered")),
            reading.minimum.get("duration"),
        }
    else:
        with pytest.raises(SpecError):
            parse_profile((HEAD + line).encode(), "p.yaml", scenario)


def test_settings_that_take_part_in_the_verdict_stand_beside_it(scales: Path, tmp_path: Path, edit: Edit) -> None:
    edit(scales, "{file: scale.log}", "{file: scale.log, tare: 2}")
    found = run(scales, tmp_path).evaluation.results["indicators"][0]
    assert found["settings"] == [{"source": "t09.heavy/source", "key": "tare", "value": 2}]
