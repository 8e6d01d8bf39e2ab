# SPDX-License-Identifier: Apache-2.0
"""Logs of clocks from the field, and others like them: the right series, or the clear sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide import decide
from harness.errors import DecodeError
from harness.kit.probe import Probe
from harness.model import About, Criterion, Outcome, Verdict
from harness.testing import Question, answer, inputs_of
from probes.gnss.faces.timing import analyse_timing
from probes.gnss.formats.timing_formats import read_offsets
from probes.gnss.instruments.timing import PROBE
from probes.gnss.measurands.windows import seen

SETTINGS = {"file": "log.txt", "reference": "independent", "u_reference": "50 ns"}
NS = 1e-9


def judged(data: bytes, folder: Path, **settings: str) -> tuple[Outcome, Verdict]:
    """The 95th percentile of a log against 1 us."""
    question = Question("gnss.timing", "quantile", "<= 1 us", about=About.WINDOW)
    probe: Probe = PROBE
    outcome, judgement = answer(inputs_of(probe, data, question, folder, SETTINGS | settings), question)
    assert judgement == decide(
        outcome, Criterion(question.reading, question.request.limit, question.rule, 1 - question.risk)
    )
    return outcome, judgement.verdict


def codes(outcome: Outcome) -> set[str]:
    """What stands against a verdict."""
    return {each.code.removeprefix("gnss.") for each in outcome.invalid}


@pytest.mark.parametrize(
    ("case", "told"), [("F08_timing_self_reported", {"self-reported"}), ("F13_timing_hole_of_24h", {"holes"})]
)
def test_a_clock_from_the_field_is_judged_rightly(shared_data: Callable[[str], Path], tmp_path, case, told) -> None:
    outcome, verdict = judged((shared_data("field/gnss") / case / "log.txt").read_bytes(), tmp_path)
    assert (verdict, codes(outcome)) == (Verdict.INVALID, told)


@pytest.mark.parametrize(
    ("name", "form", "count", "rms_ns"),
    [
        ("peerstats_ntpsec", "peerstats", 60, 53.55),
        ("ptp4l_syslog.log", "ptp4l", 60, 53.55),
        ("phc2sys_syslog.log", "phc2sys", 60, 53.55),
        ("refclocks.log", "chrony refclocks", 57, 52.1),
        ("counter_ns.csv", "counter", 59, 53.9),
        ("counter_iso.csv", "counter", 59, 53.9),
        ("counter_tab.txt", "counter", 60, 53.55),
        ("counter_one_column.txt", "counter", 60, 275.7),
        ("ticc_ti.txt", "counter", 59, 53.9),
        ("ticc_ab.txt", "counter", 29, 100.0),
    ],
)
def test_a_log_of_the_field_is_read(shared_data: Callable[[str], Path], name, form, count, rms_ns) -> None:
    (found,) = analyse_timing([shared_data("field/gnss") / "timing" / name])["files"]
    assert (found["format"], found["n"]) == (form, count)
    assert found["rms_s"] == pytest.approx(rms_ns * NS, rel=2e-3)


@pytest.mark.parametrize("name", ["ptp4l_syslog.log", "phc2sys_syslog.log"])
def test_the_number_of_a_process_is_no_time(shared_data: Callable[[str], Path], name: str) -> None:
    (found,) = analyse_timing([shared_data("field/gnss") / "timing" / name])["files"]
    assert found["interval_s"] == 1.0
    assert found["adev"]


@pytest.mark.parametrize("name", ["rawstats", "clockstats", "sysstats", "pos_as_timing.pos"])
def test_what_holds_no_offsets_is_refused(shared_data: Callable[[str], Path], name: str) -> None:
    with pytest.raises(DecodeError, match="no offset"):
        analyse_timing([shared_data("field/gnss") / "timing" / name])


@pytest.mark.parametrize(
    ("name", "source", "rms_ns"),
    [
        ("peerstats_multi", "127.127.22.0", 61.8),
        ("measurements_multi.log", "10.99.0.1", 51),
        ("phc2sys_2ports.log", "CLOCK_REALTIME phc", 51),
    ],
)
def test_every_source_of_a_log_is_a_series_of_its_own(shared_data, tmp_path, name: str, source: str, rms_ns) -> None:
    path = shared_data("field/gnss") / "timing" / name
    found = {each["source"]: each["rms_s"] / NS for each in analyse_timing([path])["files"]}
    assert len(found) > 1
    assert found[source] == pytest.approx(rms_ns, abs=10)
    outcome, _ = judged(path.read_bytes(), tmp_path)
    assert "several-sources" in codes(outcome)
    outcome, _ = judged(path.read_bytes(), tmp_path, source=source)
    assert "several-sources" not in codes(outcome)


OFFSETS = st.lists(st.integers(-900, 900), min_size=5, max_size=40)


@given(
    OFFSETS,
    st.sampled_from([("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("ps", 1e-12)]),
    st.sampled_from([("time", "offset"), ("t", "phase"), ("时间", "偏差"), ("Timestamp", "Value"), ("utc", "diff")]),
    st.sampled_from(["{}_{}", "{} ({})", "{}[{}]", "{}（{}）", "{}/{}"]),
    st.sampled_from([",", "\t", ";"]),
)
def test_a_unit_in_the_head_of_a_table_holds(values, unit, names, style, comma) -> None:
    head = comma.join([names[0], style.format(names[1], unit[0])])
    rows = [f"{at}{comma}{value}" for at, value in enumerate(values)]
    found = read_offsets("\n".join([head, *rows, ""]).encode())
    assert np.allclose(found.offset_s, np.array(values) * unit[1], rtol=1e-12, atol=0)


@given(OFFSETS, st.sampled_from(["fortnights", "m", "mV", "ticks", "Hz"]), st.sampled_from(["volts", "colour", "温度"]))
def test_an_unknown_unit_or_column_is_refused_by_name(values, unit: str, column: str) -> None:
    rows = [f"{at},{value}" for at, value in enumerate(values)]
    for head in (f"time,offset_{unit}", f"time,{column}"):
        with pytest.raises(DecodeError, match=head.split(",")[1]):
            read_offsets("\n".join([head, *rows]).encode())


@given(OFFSETS, st.integers(1, 3))
def test_rows_of_another_width_count_against(values, extra: int) -> None:
    rows = [f"{at},{value}" for at, value in enumerate(values)]
    odd = [f"{at},1,2" for at in range(extra)]
    found = read_offsets("\n".join(["time,offset_ns", *rows, *odd]).encode())
    assert (len(found.offset_s), found.other_lines) == (len(values), extra)


@given(OFFSETS)
def test_lines_that_stand_twice_count_once(values) -> None:
    lines = [f"ptp4l[{100 + at}.5]: master offset {value} s2 freq +1 path delay 9" for at, value in enumerate(values)]
    found = read_offsets("\n".join([*lines, *lines]).encode())
    assert (len(found.offset_s), found.repeated) == (len(values), len(values))


def counted(folder: Path, rows: list[tuple[float, float]]) -> tuple[set[str], Verdict]:
    """The verdict on a counter's samples (time in s, offset in ns)."""
    data = "time_s,offset_ns\n" + "".join(f"{at},{each}\n" for at, each in rows)
    (folder / "counter.csv").write_text(data)
    outcome, verdict = judged(data.encode(), folder / str(len(rows)))
    return codes(outcome), verdict


GOOD = [(float(at), 100.0 + at % 7) for at in range(600)]
BAD = [(at, 5000.0 + each) for at, each in GOOD]


def test_a_log_appended_to_itself_is_one_log(tmp_path: Path) -> None:
    assert counted(tmp_path, GOOD) == (set(), Verdict.PASS)
    assert counted(tmp_path, GOOD + GOOD) == (set(), Verdict.PASS)
    (told,) = analyse_timing([tmp_path / "counter.csv"])["files"]
    assert (told["n"], told["repeated"]) == (600, 600)


@pytest.mark.parametrize("said", ["outliers removed", "filtered 10 s", "已剔除粗差", "smoothed"])
def test_a_counters_table_that_says_that_it_was_filtered_is_refused(said: str) -> None:
    rows = "time_s,offset_ns\n" + "".join(f"{at},{10 + at % 5}\n" for at in range(30))
    with pytest.raises(DecodeError, match="no record as it was measured"):
        read_offsets(f"# {said}\n{rows}".encode())
    assert len(read_offsets(f"# raw; filter: off\n{rows}".encode()).offset_s) == 30


@pytest.mark.parametrize("order", [1, -1])
def test_a_good_log_appended_to_a_bad_one_does_not_hide_it(tmp_path: Path, order: int) -> None:
    first, second = (GOOD, BAD)[::order]
    codes, verdict = counted(tmp_path, first + second)
    assert codes == {"offsets-contradict"}
    assert verdict is Verdict.INVALID


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_offsets_at_one_moment_the_larger_stands(order: int) -> None:
    pairs = [(float(at), value) for at in range(100) for value in (1.0, 9.0)[::order]]
    times, values = (np.array(each) for each in zip(*pairs, strict=True))
    assert seen(times, values).quantile(0.5)[0] == 9.0


@given(
    st.sampled_from(["偏差", "时差", "钟差", "offset", "Offset", "TI", "phase"]),
    st.sampled_from(
        [
            ("ns", 1e-9),
            ("纳秒", 1e-9),
            ("us", 1e-6),
            ("微秒", 1e-6),
            ("µs", 1e-6),
            ("ms", 1e-3),
            ("毫秒", 1e-3),
            ("s", 1.0),
            ("秒", 1.0),
        ]
    ),
    st.sampled_from(["{}({})", "{}（{}）", "{}[{}]", "{}_{}"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_a_counters_table_is_read_in_any_words_units_and_codings(
    name: str, unit: tuple[str, float], form: str, coding: str
) -> None:
    head = f"时刻,{form.format(name, unit[0])}\n".replace("µ", "μ" if coding == "gb18030" else "µ")
    rows = "".join(f"{at}.0,{150 + at % 7}\n" for at in range(60))
    found = read_offsets((head + rows).encode(coding))
    assert found.format == "counter"
    assert found.offset_s[:8] == pytest.approx([(150 + at % 7) * unit[1] for at in range(8)])


@given(st.from_regex(r"[b-hj-z]{4,9}", fullmatch=True), st.booleans())
def test_a_counters_table_in_words_that_nobody_knows_is_refused(word: str, as_unit: bool) -> None:
    head = f"time,offset({word})\n" if as_unit else f"time,{word}\n"
    if word in {"phase", "value"}:
        return
    with pytest.raises(DecodeError, match=word):
        read_offsets((head + "1.0,2.0\n" * 9).encode())


@given(st.lists(st.integers(100, 99_999), min_size=2, max_size=9), st.sampled_from([";", "\t"]))
def test_a_decimal_comma_of_a_counter_is_read_where_it_is_certain(values, comma: str) -> None:
    head = f"time{comma}offset_ns"
    rows = [f"{at}{comma}{value // 100},{value % 100:02d}" for at, value in enumerate(values)]
    found = read_offsets("\n".join([head, *rows]).encode())
    assert np.allclose(found.offset_s, np.array(values) * 1e-11, rtol=1e-12, atol=0)
    either = [f"{at}{comma}1,{100 + value % 900}" for at, value in enumerate(values)]
    with pytest.raises(DecodeError, match="separator of thousands"):
        read_offsets("\n".join([head, *either]).encode())


CHRONY = (
    "2024-03-05 08:{:02d}:{:02d} 10.0.0.1        N  2 111 111 1111   6  6 0.00  {} "
    " 2.1e-04  1.1e-06  3.8e-06  2.9e-04 0A000001 4B K K"
)
LINES = {
    "chrony measurements": lambda at: CHRONY.format(at // 60, at % 60, f"{at % 7 + 1}.2e-08"),
    "chrony refclocks": lambda at: (
        f"2024-03-05 08:{at // 60:02d}:{at % 60:02d}.000000 PPS0    {at} N 1  1.1e-08  {at % 7 + 1}.0e-08  1e-07"
    ),
    "ptp4l": lambda at: f"ptp4l[{100 + at}.5]: master offset {at % 7 + 1} s2 freq +1 path delay 9",
    "peerstats": lambda at: f"60374 {at}.0 127.127.22.0 968a -0.0000000{at % 7 + 1} 0.0 0.0 0.0001",
    "loopstats": lambda at: f"60374 {at}.0 0.0000000{at % 7 + 1} -1.2 0.0001 0.0002 6",
}


@given(st.sampled_from(sorted(LINES)), st.text(alphabet="abxyz超?*", min_size=1, max_size=5), st.integers(2, 9))
def test_samples_of_a_program_that_cannot_be_read_are_counted(program: str, word: str, every: int) -> None:
    lines = [LINES[program](at) for at in range(90)]
    odd = [
        re.sub(
            r"(\d+\.\d+e-08|offset \d+|-?0\.0000000\d)",
            lambda found: f"offset {word}" if "offset" in found[0] else word,
            each,
            count=1,
        )
        for each in lines[::every]
    ]
    found = read_offsets("\n".join([*lines, *odd]).encode())
    assert (found.format, len(found.time_s), found.unread) == (program, 90, len(odd))


def test_samples_that_cannot_be_read_make_a_clock_invalid(tmp_path: Path) -> None:
    lines = [LINES["peerstats"](at) for at in range(300)]
    bad = [each.replace("968a", "zz") for each in lines[::20]]
    outcome, verdict = judged("\n".join([*lines, *bad, ""]).encode(), tmp_path)
    assert verdict is Verdict.INVALID
    assert "lines-unread" in codes(outcome)


@given(st.integers(1, 9), st.sampled_from(["ptp4l: ", "phc2sys[738]: ", "ts2phc[1]: "]))
def test_a_sample_without_a_time_is_none(many: int, head: str) -> None:
    what = "master" if head.startswith("ptp4l") else "CLOCK_REALTIME phc"
    bare = [f"{head}{what} offset {at} s2 freq +1" for at in range(many)]
    assert read_offsets("\n".join(bare).encode()).format == ""
    timed = [
        f"{head.split('[', maxsplit=1)[0].split(':', maxsplit=1)[0]}[{at}.5]: {what} offset {at} s2 freq +1"
        for at in range(100)
    ]
    found = read_offsets("\n".join([*timed, *bare]).encode())
    assert (len(found.time_s), found.unread) == (100, many)
