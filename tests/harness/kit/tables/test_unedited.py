# SPDX-License-Identifier: Apache-2.0
"""What stands above the head of a table is kept, and a record that says that it was filtered is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.kit.tables import Columns, read, says_selected, unedited
from harness.model import Text

COLUMNS = Columns({"time": ("time",), "value": ("value",)}, [{"time"}, {"value"}], Text("表", "table"))
EDITED = (
    "已剔除异常点", "过滤后数据", "5 点滑动平滑", "# outliers removed", "filtered > 2 ms", "3 rows were deleted", "Resampled to 1 Hz",
    "dropped 12 packets", "去除粗差后", "values trimmed", "数据清洗：离群值 3 个",
)  # fmt: skip
WHOLE = (
    "时延测试记录",
    "2026-11-21 武汉",
    "# raw data: not filtered",
    "未经过滤的原始数据",
    "no rows removed",
    "Filter: off",
    "smoothing = none",
    "滤波：平滑关闭",
    "site 3; weather fine",
    "",
)


@given(st.sampled_from(EDITED), st.lists(st.sampled_from(WHOLE), max_size=4), st.integers(0, 4))
def test_a_line_above_the_head_that_says_that_rows_were_taken_out_is_heard(
    said: str, others: list[str], place: int
) -> None:
    def table(lines: list[str]):
        return read("\n".join([*lines, "time,value", "1,2", ""]).encode(), COLUMNS, name="t.csv")

    assert unedited(table(others)).column("value") == ["2"]
    assert table(others).above == tuple(others)
    with pytest.raises(DecodeError, match="filtered or smoothed"):
        unedited(table([*others[:place], said, *others[place:]]))


@pytest.mark.parametrize(
    ("remark", "said"),
    [
        ("# 仅保留成功的记录", True),
        ("# best run of 5", True),
        ("# excerpt", True),
        ("# 节选", True),
        ("# no excerpt", False),
        ("# 采样率 1 Hz", False),
        ("# raw record, run 5", False),
    ],
)
def test_a_remark_by_which_rows_were_chosen_is_known(remark: str, said: bool) -> None:
    assert says_selected(remark) is said
