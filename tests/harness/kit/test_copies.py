# SPDX-License-Identifier: Apache-2.0
"""Near-copies: what shares a mark is one cluster, and the numbers beside each other tell how much is padding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.copies import copies, legal_name, outline, wording


def test_entries_that_share_a_mark_through_others_are_one_cluster():
    found = copies([[("a", "1")], [("a", "1"), ("b", "2")], [("b", "2")], [("c", "3")], []])
    assert found == (5, 3, ((0, 1, 2),))


@given(st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("123")), max_size=3), max_size=12))
def test_clusters_are_never_more_than_entries_and_never_fewer_than_one(entries):
    found = copies(entries)
    assert min(1, len(entries)) <= found.clustered <= found.exact == len(entries)
    assert found.exact - found.clustered == sum(len(each) - 1 for each in found.groups)


@pytest.mark.parametrize("other", ["5G 质检应用 2", "5Ｇ质检应用（二）", "5G质检应用V2.0", "5G 质检应用 副本"])
def test_numbers_versions_and_copies_leave_one_outline(other):
    assert outline(other) == outline("5G 质检应用 1")


@pytest.mark.parametrize(
    ("one", "other"), [("质量检测", "能耗优化"), ("设备预警", "设备预测"), ("AGV 配送", "AGV 盘点")]
)
def test_different_things_have_different_outlines(one, other):
    assert outline(one) != outline(other)


def test_companies_are_alike_but_for_their_legal_form_and_numbers_in_names_are_theirs():
    assert legal_name("武汉光谷（示例）有限公司") == legal_name("武汉光谷(示例) 股份有限公司")
    assert legal_name("示例企业01有限公司") != legal_name("示例企业02有限公司")
    assert wording("Ａ-b　c") == "ABC"
