# SPDX-License-Identifier: Apache-2.0
"""Registered points: each has a photograph and an operating log of its own, or it does not count and says why."""

import hashlib
import io
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from harness import installed
from harness.kit.unreadable import UnreadableError
from harness.model import About, Judgement, Outcome, Verdict
from harness.plugins import Trace
from harness.testing import Question, answer
from probes.immersive.formats import photo
from probes.immersive.formats.look import alike
from probes.immersive.simulators.pictures import picture
from probes.immersive.simulators.register import PointsSettings, write
from probes.immersive.traces import operating
from tests.conformance.laws.law import PROJECT, input_of

ASKED = Question("immersive.points", "count", ">= 5 个", {"operated": "40 h"}, about=About.WINDOW)
TAKEN = datetime(2023, 9, 3, 10, 7, 5)  # noqa: DTZ001 - a camera knows no zone


def trace(folder: Path, **given: Any) -> Trace:
    """The trace of a simulated register."""
    folder.mkdir(exist_ok=True)
    write(PointsSettings.parse(given), folder)
    return traced(folder)


def traced(folder: Path) -> Trace:
    """The trace of whatever register stands in ``folder``."""
    documents = {path.name: path for path in sorted(folder.iterdir()) if path.name != "points.csv"}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in documents.items()}
    settings = installed.probe("immersive.points").settings.parse({"register": "points.csv"})
    return Trace(
        "s10.points", "points", "immersive.points", 1, (folder / "points.csv",), settings, documents, digests
    )  # fmt: skip


def judged(made: Trace, question: Question = ASKED) -> tuple[Outcome, Judgement]:
    return answer([input_of(made, question, PROJECT)], question)


def codes(outcome: Outcome) -> str:
    return " ".join(each.text.en for each in outcome.remarks)


def test_points_with_their_own_photograph_and_log_count(tmp_path: Path) -> None:
    outcome, judgement = judged(trace(tmp_path, count=5))
    assert judgement.verdict is Verdict.PASS
    assert outcome.estimate is not None
    assert outcome.estimate.value == 5


@pytest.mark.parametrize(
    ("defect", "told", "verdict"),
    [
        ("same-photo", "Its photograph is that of 博物馆序厅体验点 in row 1", Verdict.FAIL),
        ("same-log", "Its operating log is that of 博物馆序厅体验点 in row 1", Verdict.FAIL),
        ("undated", "does not say when it was taken", Verdict.FAIL),
        ("unplaced", "does not say where it was taken", Verdict.FAIL),
        ("elsewhere", "from the registered place, more than 1000 m", Verdict.FAIL),
        ("no-log", "The document 05.csv is not there", Verdict.FAIL),
        ("changed", "is not the one whose SHA-256 was registered", Verdict.FAIL),
        ("idle", "has no time of running within the project's period", Verdict.FAIL),
        ("copied", "form 4 clusters: 博物馆序厅体验点、图书馆一层体验点", Verdict.INCONCLUSIVE),
    ],
)
def test_a_fifth_point_without_a_proof_of_its_own_is_refused_by_name(
    tmp_path: Path, defect: str, told: str, verdict: Verdict
) -> None:
    outcome, judgement = judged(trace(tmp_path, count=4, defects=[defect]))
    assert judgement.verdict is verdict
    assert told in codes(outcome)
    assert "图书馆一层体验点" in codes(outcome)


def rewritten(folder: Path, name: str, data: bytes) -> Trace:
    """A register of five whose document ``name`` is another, its digest registered anew."""
    trace(folder, count=5)
    old = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / name).write_bytes(data)
    register = (folder / "points.csv").read_text(encoding="utf-8-sig")
    (folder / "points.csv").write_text(register.replace(old, hashlib.sha256(data).hexdigest()), encoding="utf-8")
    return traced(folder)


HEAD = "开始时间,结束时间\n"
NIGHT = HEAD + "".join(
    f"2023-09-{day:02d} 09:0{day % 7}:00,2023-09-{day:02d} 18:0{day % 5}:00\n" for day in range(1, 8)
)


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (HEAD + "2023-09-02 18:00,2023-09-02 09:00\n", "does not end after it starts"),
        (HEAD + "yesterday,2023-09-02 09:00\n", "neither a photograph nor an operating log"),
        ("hello\n", "neither a photograph nor an operating log"),
        ("日期,时长\n2023-09-02,25\n", "has a day of 25 h"),
        ("日期,时长\n2023-09-02,8\n2023-09-02,9\n", "states 2023-09-02 again"),
        ("日期,时长\n2023-09-02,\n", "a blank is no zero"),
        ("时间,状态\n2023-09-02 09:00,运行\n2023-09-02 09:05,大概在\n", "says neither that it ran nor that it stopped"),
        ("日期,结束时间\n2023-09-02,2023-09-02 10:00\n", "make no pair"),
        (HEAD + "2023-09-02 09:00,\n", "has no time of running"),
        ("开始时间,结束时间,时长(h)\n2023-09-02 09:00,2023-09-02 10:00,9\n", "which its start and stop contradict"),
    ],
)  # fmt: skip
def test_a_log_that_contradicts_itself_costs_its_point(tmp_path: Path, log: str, told: str) -> None:
    outcome, judgement = judged(rewritten(tmp_path, "03.csv", log.encode()))
    assert judgement.verdict is Verdict.FAIL
    assert told in codes(outcome)


def test_a_point_that_ran_too_little_leaves_the_count_open(tmp_path: Path) -> None:
    outcome, judgement = judged(rewritten(tmp_path, "03.csv", (HEAD + "2023-09-02 09:00,2023-09-02 12:00\n").encode()))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "It ran for 3 h within the project's period, less than the 40 h asked" in codes(outcome)


def test_a_log_with_a_few_rows_changed_is_a_near_copy(tmp_path: Path) -> None:
    trace(tmp_path / "first", count=5)
    rows = (tmp_path / "first" / "01.csv").read_text().splitlines()
    changed = [*rows[:-3], "2023-11-05 09:00:00,2023-11-05 12:00:00"]
    outcome, judgement = judged(rewritten(tmp_path / "again", "03.csv", ("\n".join(changed) + "\n").encode()))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "form 4 clusters: 博物馆序厅体验点、非遗工坊体验点" in codes(outcome)


def test_a_register_in_other_words_is_read_the_same(tmp_path: Path) -> None:
    trace(tmp_path, count=5)
    head, *rows = (tmp_path / "points.csv").read_text(encoding="utf-8-sig").splitlines()
    assert head.split(",")[0] == "序号"
    lines = ["No.,Experience point,Address,Lat,Lon,Opened,Documents,SHA256"]
    for row in rows:
        *first, one, its, other, theirs = row.split(",")
        lines.append(",".join([*first, f"{one};{other}", f"{its};{theirs}"]))
    (tmp_path / "points.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert judged(traced(tmp_path))[1].verdict is Verdict.PASS


def test_a_log_in_a_workbook_says_the_same_as_in_text() -> None:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["启动时间", "关闭时间"])
    sheet.append([datetime(2023, 9, 2, 9, 0, 30), datetime(2023, 9, 2, 12, 30)])  # noqa: DTZ001 - as people write it
    sheet.append(["2023-09-03 09:00", "2023-09-03 10:00"])
    book.save(out)
    text = HEAD + "2023-09-02 09:00:30,2023-09-02 12:30\n2023-09-03 09:00,2023-09-03 10:00\n"
    found = operating.read(out.getvalue(), "log.xlsx")
    assert found.sessions == operating.read(text.encode(), "log.csv").sessions


def test_repeated_and_overlapping_sessions_count_once() -> None:
    text = HEAD + "2023-09-02 09:00,2023-09-02 12:00\n" * 3 + "2023-09-02 10:00,2023-09-02 13:00\n"
    log = operating.read(text.encode(), "log.csv")
    assert operating.hours(log.within(None)) == 4
    assert [each.code for each in log.told] == ["points.log-repeated", "points.log-overlapping"]


def test_signs_of_life_count_until_they_stop_coming() -> None:
    beats = [f"2023-09-02 09:{minute:02d},在线" for minute in range(0, 31, 5)]
    beats += ["2023-09-02 14:00,在线", "2023-09-02 14:05,在线", "2023-09-02 15:05,离线", "2023-09-02 18:00,在线"]
    log = operating.read(("时间,状态\n" + "\n".join(beats) + "\n").encode(), "log.csv")
    assert not log.faults
    assert operating.hours(log.within(None)) * 60 == 30 + 5 + 60, "five silent hours and a last sign count for nothing"


def test_only_the_hours_inside_the_period_count() -> None:
    log = operating.read((HEAD + "2022-12-31 22:00,2023-01-01 03:00\n").encode(), "log.csv")
    assert operating.hours(log.within((date(2023, 1, 1), date(2023, 12, 31)))) == 3


def test_a_timetable_is_told_from_a_log() -> None:
    rows = "".join(f"2023-09-{day:02d} 09:00,2023-09-{day:02d} 18:00\n" for day in range(1, 20))
    assert "points.log-alike" in [each.code for each in operating.read((HEAD + rows).encode(), "log.csv").told]
    assert not operating.read(NIGHT.encode(), "log.csv").told


spans = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90)), min_size=1, max_size=20)


@given(spans)
def test_hours_are_the_minutes_that_any_session_covers(given_spans: list[tuple[int, int]]) -> None:
    minute = 60 * 10**9
    log = operating.Log(tuple(sorted({(start * minute, (start + length) * minute) for start, length in given_spans})))
    covered = {at for start, length in given_spans for at in range(start, start + length)}
    assert operating.hours(log.within(None)) * 60 == len(covered)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_moment_and_place_are_read_as_another_library_wrote_them(form: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif.get_ifd(0x8769)[0x9003] = "2023:09:03 10:07:05"
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 31.0, 12.5), 3: "E", 4: (114.0, 18.0, 7.25)})
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (90, 40, 10)).save(out, form, exif=exif)
    found = photo.read(out.getvalue())
    assert photo.is_picture(out.getvalue())
    assert found.taken == TAKEN
    assert found.latitude == pytest.approx(30 + 31 / 60 + 12.5 / 3600)
    assert found.longitude == pytest.approx(114 + 18 / 60 + 7.25 / 3600)


def test_a_simulated_photograph_is_read_by_another_library() -> None:
    with Image.open(io.BytesIO(picture(3, TAKEN, (-30.25, 114.5)))) as found:
        exif = found.getexif()
        assert exif.get_ifd(0x8769)[0x9003] == "2023:09:03 10:07:05"
        assert exif.get_ifd(0x8825)[1] == "S"
        assert [float(each) for each in exif.get_ifd(0x8825)[2]] == [30, 15, 0]
        assert len(found.convert("RGB").getcolors(1 << 16) or ()) > 100


COPIED = {
    "in another quality": lambda seen: seen,
    "in another size": lambda seen: seen.resize((seen.width // 2, seen.height // 3)),
    "mirrored": ImageOps.mirror,
    "cut by a seventh": lambda seen: ImageOps.crop(seen, seen.width // 14),
    "in grey and brighter": lambda seen: ImageEnhance.Brightness(seen.convert("L")).enhance(1.2),
}


def view(seed: int) -> Image.Image:
    """Something like a photograph: soft fields of light."""
    small = Image.open(io.BytesIO(picture(seed))).convert("RGB").resize((14, 11))
    return small.resize((420, 330), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("how", COPIED)
def test_a_copied_photograph_is_known_by_what_it_shows(how: str) -> None:
    def seen(shown: Image.Image) -> tuple[int, ...]:
        out = io.BytesIO()
        shown.save(out, "JPEG", quality=45)
        return photo.read(out.getvalue()).look

    for seed in range(1, 9):
        assert alike(seen(COPIED[how](view(seed))), photo.read(picture(seed)).look) or alike(
            seen(COPIED[how](view(seed))), seen(view(seed))
        )
        assert not any(alike(seen(COPIED[how](view(seed))), seen(view(other))) for other in range(20, 40))


def test_two_points_cannot_share_a_photograph_that_was_dressed_up(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    folder.mkdir()
    write(PointsSettings.parse({"count": 5}), folder)
    one, two = sorted(folder.glob("*.png"))[:2]
    before = hashlib.sha256(two.read_bytes()).hexdigest()
    out = io.BytesIO()
    with Image.open(one) as first, Image.open(two) as second:
        ImageOps.mirror(first.convert("RGB")).resize((192, 192)).save(out, "JPEG", quality=70, exif=second.getexif())
    two.write_bytes(out.getvalue())
    register = folder / "points.csv"
    told = register.read_text(encoding="utf-8-sig").replace(before, hashlib.sha256(two.read_bytes()).hexdigest())
    register.write_text(told, encoding="utf-8-sig")
    outcome, judgement = judged(traced(folder))
    assert outcome.estimate is not None
    assert outcome.estimate.diagnostics["clusters"] == 4
    assert judgement.verdict is Verdict.INCONCLUSIVE, "a person has to look at the two"


@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_damaged_photograph_says_nothing_and_breaks_nothing(noise: bytes, at: int) -> None:
    whole = picture(1, TAKEN, (30.0, 114.0))
    for data in (whole[:at] + noise + whole[at + len(noise) :], whole[:at], b"\xff\xd8\xff\xe1" + noise):
        found = photo.read(data)
        assert found.latitude is None or -90 <= found.latitude <= 90


def test_a_picture_without_its_moment_has_none() -> None:
    found = photo.read(picture(1))
    assert (found.taken, found.placed, len(found.look)) == (None, False, 174)
    assert not photo.read(b"\0\0\0\x18ftypheic").readable


def test_a_register_without_coordinates_leaves_the_places_open(tmp_path: Path) -> None:
    trace(tmp_path, count=6)
    text = (tmp_path / "points.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "points.csv").write_text(text.replace("纬度", "备注一").replace("经度", "备注二"), encoding="utf-8")
    outcome, judgement = judged(traced(tmp_path))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "points.no-coordinates" in [each.reason.code for each in outcome.lacks]


def test_two_registers_cannot_share_a_point(tmp_path: Path) -> None:
    one, other = trace(tmp_path / "a", count=3), trace(tmp_path / "b", count=3)
    inputs = [input_of(replace(each, source=name), ASKED, PROJECT) for each, name in ((one, "a"), (other, "b"))]
    outcome, judgement = answer(inputs, ASKED)
    assert judgement.verdict is Verdict.FAIL
    assert outcome.estimate is not None
    assert outcome.estimate.value == 3


def test_bytes_that_are_no_register_void_the_indicator(tmp_path: Path) -> None:
    trace(tmp_path, count=5)
    (tmp_path / "points.csv").write_bytes(b"no register at all\n")
    assert judged(traced(tmp_path))[1].verdict is Verdict.INVALID


def test_a_log_that_is_no_table_is_refused() -> None:
    with pytest.raises(UnreadableError):
        operating.read(b"\x00\x01\x02", "log.csv")
    assert operating.hours(()) == Fraction(0)
