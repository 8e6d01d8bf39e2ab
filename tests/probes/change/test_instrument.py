# SPDX-License-Identifier: Apache-2.0
"""The probe of tables: what it records, what a profile may say, and that it keeps the house rules."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness import installed
from harness.errors import InstrumentError, UsageError
from harness.kit.settings import absent
from harness.plugins import Asked, Trace
from harness.testing import check_probe, record
from probes.change.instrument import PROBE
from probes.change.rows import FIELDS
from probes.change.settings import TableSettings
from tests.probes.change.tables import line_table

SETTINGS = {"before": "b.csv", "after": "a.csv", "before_period": "2022-01/2022-12", "after_period": "2023-01/2023-12"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b.csv").write_text(line_table(2022, 1), encoding="utf-8")
    (tmp_path / "a.csv").write_text(line_table(2023, 0.7), encoding="gb18030")
    return tmp_path


def test_the_probe_keeps_the_house_rules(folder: Path, tmp_path: Path) -> None:
    settings = PROBE.settings.model_validate(SETTINGS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    trace = Trace("s06.cost", "source", PROBE.name, 1, (folder / "b.csv", folder / "a.csv"), settings)
    check_probe(PROBE, trace, Asked((), settings), scratch)


def test_tables_are_recorded_byte_for_byte_a_file_a_segment(folder: Path) -> None:
    sink = record(PROBE, SETTINGS, folder)
    assert [bytes(each) for each in sink.segments] == [(folder / name).read_bytes() for name in ("b.csv", "a.csv")]
    assert sink.attached == {}


def test_a_table_that_is_not_understood_is_refused_before_anything_is_recorded(folder: Path) -> None:
    (folder / "a.csv").write_text("产线,成本,产量\n一线,,3\n", encoding="utf-8")
    with pytest.raises(UsageError, match="Row 1: 成本 is blank") as error:
        record(PROBE, SETTINGS, folder)
    assert error.value.where == "a.csv:2"


def test_rows_of_another_time_are_refused_before_anything_is_recorded(folder: Path) -> None:
    with pytest.raises(UsageError, match="lies outside the agreed period 2023-01-01 to 2023-06-30"):
        record(PROBE, {**SETTINGS, "after_period": "2023-01/2023-06"}, folder)


def test_a_file_that_cannot_be_read_is_an_instrument_error(folder: Path) -> None:
    (folder / "a.csv").unlink()
    with pytest.raises(InstrumentError, match=r"a\.csv cannot be read"):
        record(PROBE, SETTINGS, folder)
    found = absent(PROBE.settings.model_validate(SETTINGS), folder)
    assert [each.keys[0] for each in found] == ["after"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"after_period": "2022-12/2023-11"}, "before the earlier one ends"),
        ({"before_period": "last year"}, "is no period"),
        ({"columns": {"costs": "花费"}}, "costs"),
        ({"befor": "b.csv"}, "befor"),
        ({"before": []}, "before"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TableSettings.model_validate({**SETTINGS, **changed})


def test_every_field_of_a_table_can_be_named() -> None:
    named = dict.fromkeys(FIELDS, "x")
    assert TableSettings.model_validate({**SETTINGS, "columns": named}).columns == named


@pytest.mark.parametrize("name", ["change.orders", "change.unit-cost", "change.productivity"])
def test_every_reference_of_a_measurand_leads_somewhere(name: str) -> None:
    measurand = installed.measurand(name)
    assert measurand is not None
    for reference in (*measurand.accepts, measurand.view, measurand.show, *measurand.statistics.values()):
        assert installed.resolve(reference)
