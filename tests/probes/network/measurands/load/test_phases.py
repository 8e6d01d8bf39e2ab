# SPDX-License-Identifier: Apache-2.0
"""What was measured under load counts only after a configuration run that reached the declared rate with every terminal."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model import Verdict
from probes.network.wire import layout
from tests.probes.network.made import P99, codes, verdict

SECOND = 10**9
STEPS = (5_000_000, 10_000_000)
PACKETS = {"idle": 600, "step-1": 200, "step-2": 200, "load": 600}
POOL = {"silent_after": "10 s"}
LOADED = {**P99, "load": "required"}


def campaign(
    make: Any,
    *,
    phases: Mapping[str, int] = PACKETS,
    terminals: int = 1,
    spared: int = 0,
    lost: Mapping[str, int] | None = None,
    counts: Mapping[str, int] | None = None,
    rates: tuple[int, ...] = STEPS,
    declared: int = 10_000_000,
) -> bytes:
    """A trace of phases one after the other, about a packet a second; the last ``spared`` terminals have no run under load."""
    many = [(name, at) for name in phases for at in range(terminals - (spared if name == "load" else 0))]
    described = [{"id": f"T{at}", "address": f"10.9.0.{at + 1}", "port": 862, "condition": name} for name, at in many]
    session = {
        "targets": described, "waiting_time_ns": 3 * SECOND, "load_bit_s": declared, "load_steps_bit_s": [*rates],
        "schedule": {"kind": "poisson", "interval_ns": SECOND, "seed": 1},
    }  # fmt: skip
    records = packets(make, tuple(phases.items()), tuple(name for name, _ in many), tuple((lost or {}).items()))
    sent = {key: number for key, number in {**traffic(phases, rates, declared), **(counts or {})}.items() if number}
    return layout.header(session) + records + layout.notes(make.START_NS, {"counts": sent})


@cache
def packets(
    make: Any, phases: tuple[tuple[str, int], ...], names: tuple[str, ...], lost: tuple[tuple[str, int], ...]
) -> bytes:
    """Of each target in its phase; the first so many of a phase are lost."""
    starts, begin = {}, 0
    for name, many in phases:
        starts[name] = begin
        begin += (many + 30) * SECOND
    return b"".join(
        make.record(index, slot, None if slot < dict(lost).get(name, 0) else 10_000,
                    at_ns=starts[name] + make.drawn(slot, SECOND))
        for index, name in enumerate(names)
        for slot in range(dict(phases)[name])
    )  # fmt: skip


def traffic(phases: Mapping[str, int], rates: tuple[int, ...], declared: int) -> dict[str, int]:
    """What a sender counts that keeps its rates for the whole of each phase."""
    stated = {**{f"step-{at}": rate for at, rate in enumerate(rates, 1)}, "load": declared}
    lasted = {name: (phases.get(name, 0) + 20) * SECOND for name in stated}
    found = {f"{name}_ns": each for name, each in lasted.items()}
    for name, rate in stated.items():
        found[f"{name}_bytes"] = found[f"{name}_wanted_bytes"] = rate // 8 * lasted[name] // SECOND
    return found


def asked(judge: Callable[..., Any], data: bytes, parameters: Mapping[str, str] = LOADED) -> Any:
    return judge(data, "network.rtt", "quantile", parameters, "<= 2 ms")


def test_performance_after_a_configuration_run_that_reached_the_declared_rate_passes(make: Any, judge: Any) -> None:
    found = asked(judge, campaign(make))
    assert (codes(found.invalid), codes(found.missing)) == (set(), set())
    assert verdict(found, "<= 2 ms") is Verdict.PASS
    assert [(each["step"], each["rate_mbit_s"], each["sent_mbit_s"], each["sent"]) for each in found.listing["steps"]] == [
        (1, 5.0, 5.0, 200), (2, 10.0, 10.0, 200),
    ]  # fmt: skip
    assert len(found.listing["nodes"]) == 2, "idle and under load; steps are in no statistic"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"phases": {"idle": 600, "load": 600}, "rates": ()}, "no-configuration"),
        ({"phases": {"idle": 600, "load": 600, "step-1": 200, "step-2": 200}}, "no-configuration"),
        ({"rates": (5_000_000, 9_000_000)}, "no-configuration"),
        ({"phases": {"idle": 600, "step-1": 200, "step-2": 200}}, "no-load"),
        ({"terminals": 3, "spared": 1}, "terminals-not-loaded"),
        ({"lost": {"step-2": 20}}, "steps-lossy"),
        ({"lost": {"step-1": 200}}, "steps-lossy"),
        ({"phases": {**PACKETS, "step-2": 0}}, "steps-lossy"),
    ],
)
def test_performance_does_not_pass_without_a_whole_configuration_run_of_every_terminal(
    changed: dict[str, Any], code: str, make: Any, judge: Any
) -> None:
    data = campaign(make, **changed)
    found = asked(judge, data)
    assert f"network.{code}" in codes(found.missing)
    assert not codes(found.invalid)
    assert verdict(found, "<= 2 ms") is Verdict.INCONCLUSIVE
    assert f"network.{code}" not in codes(asked(judge, data, P99).missing), "only where the reading asks for a load"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["step-1", "step-2", "load"]),
    key=st.sampled_from(["bytes", "ns", "wanted_bytes"]),
    share=st.floats(0, 0.7),
)
def test_traffic_that_was_not_sent_as_stated_makes_the_run_invalid(
    name: str, key: str, share: float, make: Any, judge: Any
) -> None:
    """Too few bytes, for too short a time, or not told at all."""
    full = traffic(PACKETS, STEPS, 10_000_000)
    counts = {f"{name}_{key}": int(full[f"{name}_{key}"] * share)}
    if key == "ns":  # shorter at the same rate
        counts |= {
            f"{name}_bytes": int(full[f"{name}_bytes"] * share),
            f"{name}_wanted_bytes": int(full[f"{name}_bytes"] * share),
        }
    if key == "wanted_bytes":  # a sender that tells less and wants less
        counts |= {f"{name}_bytes": counts[f"{name}_wanted_bytes"]}
    found = asked(judge, campaign(make, counts=counts), P99)
    assert codes(found.invalid) == {"network.load-not-reached" if name == "load" else "network.steps-not-reached"}
    assert verdict(found, "<= 2 ms") is Verdict.INVALID


def test_a_drop_out_at_a_step_is_a_drop_out(make: Any, judge: Any) -> None:
    declared = {"silent_after": "10 s", "longest_credible_outage": "30 s"}
    for lost, silent in (({}, 0), ({"step-2": 100}, 100)):
        found = judge(campaign(make, lost=lost), "network.dropout", "offline-time", POOL, "<= 0.05 %", declared)
        assert found.estimate.value * 1600 == pytest.approx(silent, abs=20)
