# SPDX-License-Identifier: Apache-2.0
"""Near-copies: what shares a mark is one cluster, and the numbers beside each other tell how much is padding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.copies import aliases, arrangement, copies, gist, legal_name, outline, seen, twins, wording


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


@pytest.mark.parametrize(
    "other",
    [
        "武汉市江南机械有限公司", "湖北省武汉市江南机械有限公司", "湖北武汉江南机械有限公司", "武汉江南机械有限公司襄阳分公司", "武汉江南机械有限公司（2号节点）", "武汉江南机械有限公司-备份节点",
        "武汉新江南有限公司（曾用名：武汉江南机械有限公司）", "武汉江南机械有限公司 Wuhan Jiangnan Machinery Co., Ltd.", "Wuhan Jiangnan Machinery Co., Ltd. / 武汉江南机械有限公司", "武汉江南机械有限公司（Jiangnan）",
    ],
)  # fmt: skip
def test_other_names_of_an_organisation_share_one_with_its_own(other):
    assert aliases(other) & aliases("武汉江南机械有限公司")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wuhan Chain Co., Ltd.", "WUHAN CHAIN CO LTD Xiangyang Branch"),
        ("The A & B Company", "A and B Company"),
        ("Chain Ltd.", "Chain Ltd. Node 2"),
    ],
)
def test_english_names_of_one_company_share_one(one, other):
    assert aliases(one) & aliases(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("武汉江南机械有限公司", "宜昌江南机械有限公司"), ("华中科技大学", "武汉科技大学"), ("中国银行湖北省分行", "中国建设银行湖北省分行"), ("武汉第一医院", "武汉第三医院"),
        ("武汉市政工程有限公司", "武汉工程有限公司"), ("武汉市场研究有限公司", "武汉场研究有限公司"), ("江南（ABB）有限公司", "海北（ABB）有限公司"),
    ],
)  # fmt: skip
def test_names_of_different_organisations_share_none(one, other):
    assert not aliases(one) & aliases(other)


def test_companies_are_alike_but_for_their_legal_form_and_numbers_in_names_are_theirs():
    assert legal_name("武汉光谷（示例）有限公司") == legal_name("武汉光谷(示例) 股份有限公司")
    assert legal_name("示例企业01有限公司") != legal_name("示例企业02有限公司")
    assert wording("Ａ-b　c") == "ABC"


TOPICS = ["焊缝检测", "能耗优化", "仓储配送", "注塑排产", "空压机保养", "钢包测温", "堆场盘点", "焦炉测控"]
DISGUISES = {
    "other word": lambda name: name.replace("平台", "管理系统").replace("管理", ""),
    "intelligent": lambda name: name.replace("智能", "智慧"),
    "idle words": lambda name: f"基于{name}的解决方案",
    "order": lambda name: name[4:] + name[:4],
    "brackets": lambda name: f"{name[:2]}（{name[2:]}）",
    "number": lambda name: f"{name}3号",
    "version": lambda name: f"{name} V2.1",
    "copy": lambda name: f"{name}-副本",
    "blanks": " ".join,
    "width": lambda name: "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in name),
}


@given(st.sampled_from(TOPICS), st.lists(st.sampled_from(sorted(DISGUISES)), min_size=1, max_size=3, unique=True))
def test_an_application_in_disguise_is_a_near_copy_of_itself_and_of_no_other(topic, worn):
    name = disguised = f"{topic}智能平台"
    for each in sorted(worn, key=list(DISGUISES).index):
        disguised = DISGUISES[each](disguised)
    others = [f"{each}智能平台" for each in TOPICS if each != topic]
    found = copies([[("gist", gist(each))] for each in (name, disguised, *others)])
    assert found.groups == ((0, 1),)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("武汉光谷示例科技", "武漢光谷示例科技"),
        ("华中东湖机电", "華中東湖機電"),
        ("长江云网", "長江雲網"),
        ("国电预警 5G", "國電預警５Ｇ"),
    ],
)
def test_a_name_in_traditional_characters_is_a_near_copy_of_the_simplified_one(one, other):
    assert copies(twins([one, "武汉光谷不同科技", other])).groups == ((0, 2),)


def test_a_rare_character_makes_no_copy_of_a_name_that_has_another_one_there():
    assert copies(twins(["武汉璟飞科技", "武汉玥飞科技", "武汉云飞科技", "武汉硚口科技", "武汉江口科技"])).groups == ()


def test_words_in_another_order_are_one_name_and_other_numbers_are_none():
    assert arrangement("示例科技（武汉）") == arrangement("武汉示例科技")
    assert arrangement("示例企业12号店") != arrangement("示例企业21号店")
    assert arrangement("甲乙") != arrangement("乙甲")


@pytest.mark.parametrize("other", ["аВс", "ΑΒϹ", "ＡＢＣ", "ᴀʙᴄ", "A\u200bB\u3164C", "a b-c."])
def test_letters_of_another_script_are_seen_as_those_they_look_like(other):
    assert seen(other) == seen("ABC") == "ABC"


def test_what_is_seen_of_a_machine_keeps_its_marks_and_different_names_stay_different():
    assert seen("Node\u2060-1.1 ", marks=True) == "NODE-1.1"
    assert seen("node-11", marks=True) != seen("node-1.1", marks=True)
    assert len({seen(each) for each in ("甲乙", "甲丙", "ABC", "ABD", "Ж1")}) == 5
