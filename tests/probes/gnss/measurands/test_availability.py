# SPDX-License-Identifier: Apache-2.0
"""What the receiver delivered, over what it should have delivered."""

from __future__ import annotations

import pytest

from harness.model import About, Verdict
from tests.probes.gnss.conftest import judged, rows, site, trace_of
from tests.probes.gnss.formats.test_modes import GSA, epochs, gsa

DEVICE = {"duration": 900, "rate": 1, "full": False, "cold_start": 20}


def test_silence_counts_against_the_fix_rate(judge) -> None:
    outcome, _ = judge(DEVICE | {"gap_every": 60, "gap_for": 3}, "gnss.fix-rate", "ratio", None)
    # 15 gaps of 3 s in 900 s, and 20 s of cold start
    assert outcome.estimate.n == 900
    assert outcome.estimate.value == pytest.approx((900 - 45 - 20) / 900)
    assert outcome.estimate.lower == outcome.estimate.value == outcome.estimate.upper, (
        "what happened has no sampling error"
    )
    process, _ = judge(DEVICE | {"gap_every": 60, "gap_for": 3}, "gnss.fix-rate", "ratio", None, about=About.PROCESS)
    assert process.estimate.value == pytest.approx(float(outcome.estimate.value))
    assert process.estimate.lower < process.estimate.value < process.estimate.upper


def test_time_share_counts_the_same_outages_in_seconds(judge) -> None:
    outcome, _ = judge(DEVICE | {"gap_every": 60, "gap_for": 3}, "gnss.availability", "time-share", None)
    assert outcome.estimate.value == pytest.approx((900 - 45 - 20) / 900)


def test_every_refix_is_timed_and_the_longest_gap_is_found(judge, show) -> None:
    device = DEVICE | {"float_every": 100, "float_for": 7}
    refix, _ = judge(device, "gnss.refix", "quantile", None, q="95 %")
    listed = rows(show(device, "gnss.refix", "quantile", None, q="95 %"), "times")
    assert [each["seconds"] for each in listed] == [8.0] * 9
    assert refix.estimate.upper is None
    assert refix.need.n == 59
    longest, _ = judge(device | {"cold_start": 6}, "gnss.gaps", "longest", None)
    assert longest.estimate.value == 8.0
    starting, _ = judge(device, "gnss.gaps", "longest", None)
    assert starting.estimate.value == 20.0, "the time before the first fix is one without a fix"
    (table,) = show(device, "gnss.gaps", "longest", None).figures
    causes = {row[3].en for row in table.data["rows"]}
    assert causes == {"not fixed"}


def test_time_to_first_fix_counts_from_the_first_epoch(judge) -> None:
    outcome, _ = judge(DEVICE, "gnss.ttff", "quantile", None, q="95 %")
    assert outcome.estimate.value == 20.0
    assert outcome.remarks[0].code == "gnss.ttff-start"


def test_age_and_beidou_share_are_read_from_the_sentences(judge) -> None:
    age, _ = judge(DEVICE, "gnss.age", "quantile", None, q="95 %")
    assert age.estimate.value == 3.0
    share, _ = judge(DEVICE | {"full": True}, "gnss.beidou", "share", None)
    assert share.estimate.value == 1.0
    absent, _ = judge(DEVICE, "gnss.beidou", "share", None)
    assert absent.lacks[0].reason.code == "gnss.beidou-not-shown"


def test_a_start_that_never_led_to_a_fix_is_not_forgotten(judge) -> None:
    marks = ["2026-11-21T04:00:00Z", "2026-11-21T04:14:59Z"]
    device = DEVICE | {"float_every": 1790, "float_for": 20}  # no fix from 895 s on
    outcome, judgement = judge(device, "gnss.ttff", "quantile", "<= 60 s", {"power_on": marks}, q="50 %")
    assert "gnss.start-without-fix" in [each.reason.code for each in outcome.lacks]
    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_a_loss_that_is_not_over_is_not_forgotten(judge) -> None:
    device = DEVICE | {"float_every": 1790, "float_for": 20}
    outcome, _ = judge(device, "gnss.refix", "quantile", "<= 60 s", q="50 %")
    assert "gnss.loss-not-over" in [each.reason.code for each in outcome.lacks]


@pytest.mark.parametrize(
    ("measurand", "statistic"),
    [
        ("gnss.fix-rate", "ratio"),
        ("gnss.availability", "time-share"),
        ("gnss.gaps", "longest"),
        ("gnss.age", "quantile"),
    ],
)
@pytest.mark.parametrize(("system", "told"), [("1", True), ("4", False), ("", False)])
def test_a_receiver_whose_fixes_do_without_beidou_shows_nothing(tmp_path, measurand, statistic, system, told) -> None:
    """A format that names no satellites says nothing of it here."""
    data = epochs(lambda _clock, _number: (b"", b"")).replace(GSA, gsa("3", system) if system else b"")
    (path := tmp_path / "a.nmea").write_bytes(data)
    outcome, _ = judged(trace_of({"file": str(path), **site()}), measurand, statistic, None)
    assert ("gnss.beidou-not-used" in {each.code for each in outcome.invalid}) is told


def test_the_share_of_epochs_with_beidou_is_a_figure_of_its_own(tmp_path) -> None:
    (path := tmp_path / "a.nmea").write_bytes(epochs(lambda _clock, _number: (b"", b"")).replace(GSA, gsa("3", "1")))
    outcome, _ = judged(trace_of({"file": str(path), **site()}), "gnss.beidou", "share", ">= 95 %")
    assert not outcome.invalid
    assert outcome.estimate.value == 0
