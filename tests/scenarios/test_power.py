# SPDX-License-Identifier: Apache-2.0
"""Every mandatory indicator of S01, S08 and P04 is shown to PASS in the effort its scenario states, for an honest project.

What is sampled or moves at random is simulated at half the limit, in nine repetitions of ten or more; what is counted one by
one has no sampling error and is shown once, through the engine, at the length the scenario asks for.
"""

import ast
from pathlib import Path

import pytest

from harness.spec import installed_scenarios

TESTS = Path(__file__).resolve().parents[1]
NETWORK, GNSS = "probes/network/measurands/test_regimes.py", "probes/gnss/measurands/test_regimes.py"
FULL = ("harness/test_demo.py", "test_simulated_records_of_full_length_pass_and_live_seconds_do_not")
RECEIVER = (GNSS, "test_an_honest_receiver_at_half_the_limit_passes_in_the_stated_effort")
SHOWN = {
    "s01.nodes": FULL,
    "s01.latency": (NETWORK, "test_an_honest_window_at_half_the_limit_passes_in_the_stated_effort"),
    "s01.dropout": (NETWORK, "test_an_honest_site_at_half_the_limit_of_drop_outs_passes_in_the_stated_effort"),
    "s01.demos": FULL,
    "s08.dynamic.h": RECEIVER,
    "s08.dynamic.v": RECEIVER,
    "s08.static.h": RECEIVER,
    "s08.static.v": RECEIVER,
    "s08.timing": (GNSS, "test_an_honest_clock_at_half_the_limit_passes_in_a_day"),
    "s08.domain": ("harness/test_demo.py", "test_the_simulated_receivers_pass_every_accuracy_and_their_industry"),
    "p04.latency": (NETWORK, "test_an_honest_window_at_half_the_limit_passes_in_the_stated_effort"),
}


def test_no_mandatory_indicator_is_without_its_power() -> None:
    scenarios = {each.scenario.id: each.scenario for each in installed_scenarios()}
    mandatory = {each.id for name in ("s01", "s08", "p04") for each in scenarios[name].indicators if each.mandatory}
    assert mandatory == set(SHOWN)


@pytest.mark.parametrize("identifier", SHOWN)
def test_what_shows_it_is_there_and_speaks_of_it(identifier: str) -> None:
    path, name = SHOWN[identifier]
    text = (TESTS / path).read_text(encoding="utf-8")
    (found,) = (each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef) and each.name == name)
    first = min([found.lineno, *(each.lineno for each in found.decorator_list)])
    own = "\n".join(text.splitlines()[first - 1 : found.end_lineno])
    assert identifier in own or "judged(x, x)" in own
