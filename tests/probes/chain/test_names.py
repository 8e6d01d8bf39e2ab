# SPDX-License-Identifier: Apache-2.0
"""One organisation under several names, or one node: what a reader would take for one never counts twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import SpecError
from harness.spec import uscc
from probes.chain.measurands.owners import Owner, organisations
from probes.chain.plans.settings import ChainSettings
from probes.chain.simulators.papers import code
from tests.probes.chain.made import Alliance, codes

NAME = "示例企业A10有限公司"
SAME = [
    "示例企业Ａ10有限公司",
    "示例企业A\u200b10有限公司",
    "示例企业a10有限公司 ",
    "示例企业A10有限公司。",
    "示例企业A10\ufe0f有限公司",
    "示例\u3164企业A10有限公司",
]
ALIKE = [
    "示例企业\u041010有限公司", "示例企业\u039110有限公司", "示例企业\u13aa10有限公司", "示例企业AlO有限公司", "示例企业A1O有限公司", "示例企业AI0有限公司",
    "示例企业A10有限责任公司", "示例企业A10股份有限公司", "示例企業A10有限公司", "A10示例企业有限公司", "（A10）示例企业", "示例企业A10",
]  # fmt: skip
OTHER = [
    "示例企业A11有限公司",
    "示例企业B10有限公司",
    "示例企业10有限公司",
    "示范企业A10有限公司",
    "示例企业A10武汉有限公司",
]


def certified(name: str) -> Owner:
    return Owner(name, "certificate", "", (name,))


@pytest.mark.parametrize("other", SAME)
def test_a_name_that_differs_in_its_writing_is_the_same_organisation(other: str) -> None:
    found = organisations([certified(NAME), certified(other)])
    assert (found.exact, found.clear, found.alike) == (1, 1, ())


@pytest.mark.parametrize("other", ALIKE)
def test_a_name_that_a_reader_takes_for_another_leaves_it_in_doubt(other: str) -> None:
    found = organisations([certified(NAME), certified(other), certified("别家有限公司")])
    assert (found.exact, found.clear) == (3, 2)
    assert found.alike == (NAME, other)


@pytest.mark.parametrize("other", OTHER)
def test_another_name_is_another_organisation(other: str) -> None:
    found = organisations([certified(NAME), certified(other)])
    assert (found.exact, found.clear, found.alike) == (2, 2, ())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NAME, "示例企业A10有限公司武汉分公司"), (NAME, "示例企业A10有限公司信息中心"), (NAME, "示例企业A10有限公司-节点2"), (NAME, "示例企业A10有限公司（2号节点）"), (NAME, "示例企业A10有限公司灾备"),
        (NAME, "新示例有限公司（原示例企业A10有限公司）"), ("武汉江南机械有限公司", "湖北省武汉市江南机械有限公司"), ("武汉江南机械有限公司", "Wuhan Jiangnan Machinery Co., Ltd.（武汉江南机械有限公司）"),
        ("Wuhan Chain Co., Ltd.", "Wuhan Chain Co., Ltd. Node 2"), ("The A & B Company", "A and B Company"),
    ],
)  # fmt: skip
def test_a_branch_a_node_or_another_name_of_an_owner_leaves_it_in_doubt(one: str, other: str) -> None:
    assert organisations([certified(one), certified(other), certified("别家有限公司")]).clear == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("华中科技大学", "武汉科技大学"),
        ("中国银行湖北省分行", "中国建设银行湖北省分行"),
        ("武汉江南机械有限公司", "宜昌江南机械有限公司"),
        ("中国建筑第三工程局有限公司", "中国建筑第八工程局有限公司"),
    ],
)
def test_owners_that_only_sound_alike_are_several(one: str, other: str) -> None:
    assert organisations([certified(one), certified(other)]).clear == 2


def test_ten_certificates_for_what_the_register_calls_one_without_any_code_are_one(tmp_path: Path) -> None:
    alliance = Alliance(tmp_path / "made")
    nodes = [{**each, "organisation": NAME, "uscc": ""} for each in alliance.settings["nodes"]]
    outcome, judgement = alliance.judged("organisations", tmp_path / "asked", nodes=nodes)
    assert (judgement.verdict, outcome.estimate is not None and outcome.estimate.value) == ("FAIL", 1)


@pytest.mark.parametrize(
    "old", [("Wuhan Chain Co., Ltd", "WUHAN CHAIN CO LTD."), ("Chain Ltd", "Сhаin Ltd."), ("Chain Inc", "Chain Inc.")]
)
def test_an_english_name_with_or_without_its_dots_is_one(old: tuple[str, str]) -> None:
    assert organisations([certified(each) for each in old]).clear == 1


def test_one_name_with_two_codes_is_one_organisation_and_so_is_one_code_with_two_names() -> None:
    registered = [
        Owner(code(at), "register", code(at), (name,))
        for at, name in ((1, NAME), (2, NAME), (3, "别家"), (3, "又一家"))
    ]
    found = organisations(registered)
    assert (found.exact, found.several) == (2, (code(1), code(2)))


def test_a_code_that_was_registered_anew_is_the_same_organisation() -> None:
    moved = "92420111" + code(1)[8:17]
    again = moved + uscc.check_character(moved)
    found = organisations([Owner(each, "register", each, (each,)) for each in (code(1), again)])
    assert (again != code(1), found.exact) == (True, 1)


@pytest.mark.parametrize("name", ["示例企业01", "示例企业\u041e1", "示例企业01有限责任公司"])
def test_ten_nodes_of_which_two_owners_look_alike_are_not_ten_organisations(name: str, tmp_path: Path) -> None:
    made = Alliance(tmp_path, certified=False, records=6, per_block=3)
    nodes = [dict(each) for each in made.settings["nodes"]]
    nodes[9]["organisation"] = name
    outcome, judged = made.judged("organisations", tmp_path / "judged", nodes=nodes)
    same = name == "示例企业01"
    assert judged.verdict == ("FAIL" if same else "INCONCLUSIVE")
    assert ("owner-several-codes" if same else "owners-alike") in codes(outcome)


def test_certificates_of_ten_names_for_what_the_register_calls_one_are_one(tmp_path: Path) -> None:
    made = Alliance(tmp_path, records=6, per_block=3)
    nodes = [{**each, "organisation": "示例企业01", "uscc": code(1), "key": ""} for each in made.settings["nodes"]]
    outcome, judged = made.judged("organisations", tmp_path / "judged", nodes=nodes)
    assert outcome.estimate is not None
    assert (judged.verdict, outcome.estimate.value) == ("FAIL", 1)


@pytest.mark.parametrize("uscc_", ["91420100MA0000015G", "91420100MA0000016D", "91420100", "91000000000000000X"])
def test_a_code_that_names_nobody_owns_nothing(uscc_: str, tmp_path: Path) -> None:
    made = Alliance(tmp_path, certified=False, records=6, per_block=3)
    nodes = [dict(each) for each in made.settings["nodes"]]
    nodes[9]["uscc"] = uscc_
    assert made.judged("organisations", tmp_path / "judged", nodes=nodes)[1].verdict == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("node-1", "Node-1"),
        ("node1", "n\u043ede1"),
        ("node1", "ｎｏｄｅ1"),
        ("node1", "node\u200b1"),
        ("节点 1", "节点1"),
    ],
)
def test_two_nodes_whose_names_a_reader_cannot_tell_apart_are_refused(one: str, other: str) -> None:
    nodes = [{"name": each, "url": f"http://10.0.0.{at}:1"} for at, each in enumerate((one, other))]
    with pytest.raises(SpecError):
        ChainSettings.parse({"chain": "evm", "nodes": nodes})


@pytest.mark.parametrize(
    ("one", "other"), [("node-1.1", "node-11"), ("node1", "node11"), ("甲-1", "甲1"), ("😀", "😁")]
)
def test_nodes_whose_names_differ_are_taken(one: str, other: str) -> None:
    nodes = [{"name": each, "url": f"http://10.0.0.{at}:1"} for at, each in enumerate((one, other))]
    assert len(ChainSettings.parse({"chain": "evm", "nodes": nodes}).nodes) == 2
