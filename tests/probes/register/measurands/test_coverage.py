# SPDX-License-Identifier: Apache-2.0
"""Shares of lists: a census is exact, a sample is drawn in public and bounded by the finite population."""

import hashlib
from dataclasses import replace
from fractions import Fraction

import pytest

from harness.kit import draw
from harness.quantity import Quantity
from harness.stats.population import bounds
from harness.testing import Question, answer
from probes.register.instruments.population import CHECKED, DRAW
from tests.conformance.examples import bim as bim_examples
from tests.conformance.examples import register as register_examples
from tests.conformance.examples import traced
from tests.conformance.laws.law import input_of

SHARE = Question("register.coverage", "share", ">= 80 %")


def judged(trace, question=SHARE):
    return answer([input_of(trace, question)], question)


def listed(folder, members, export=None, documents=None, settings=None):
    tables = {"0001.csv": members} | ({} if export is None else {"0002.csv": export})
    given = {"register": "members.csv"} | ({} if export is None else {"exports": "export.csv"}) | (settings or {})
    trace = traced("register.population", folder, tables, given)
    for name, data in (documents or {}).items():
        (folder / name).write_bytes(data)
    kept = {name: folder / name for name in documents or {}}
    return replace(
        trace,
        documents=kept,
        digests={name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in kept.items()},
    )


def table(*rows):
    return "\n".join((*rows, "")).encode()


def test_a_census_is_exact(tmp_path):
    outcome, judgement = judged(listed(tmp_path, register_examples.population(20), register_examples.records(16)))
    assert (outcome.estimate.value, outcome.estimate.lower, outcome.estimate.upper) == (Fraction(4, 5),) * 3
    assert judgement.verdict == "PASS"
    (tmp_path / "b").mkdir()
    assert (
        judged(listed(tmp_path / "b", register_examples.population(20), register_examples.records(15)))[1].verdict
        == "FAIL"
    )


def test_what_a_list_says_of_itself_alone_proves_nothing(tmp_path):
    outcome, judgement = judged(listed(tmp_path, register_examples.population(20)))
    assert [each.reason.code for each in outcome.lacks] == ["register.no-proof-of-cover"]
    assert judgement.verdict == "INCONCLUSIVE"


def test_an_item_entered_twice_is_one_item_and_one_bad_row_of_it_is_enough(tmp_path):
    members = register_examples.population(4) + "K-0,构件 0,示例企业,否,100\n合计,4,,,\n".encode()
    outcome, _ = judged(listed(tmp_path, members, register_examples.records(4)))
    assert outcome.estimate.value == Fraction(3, 4)
    assert "register.listed-twice" in {each.code for each in outcome.remarks}


def test_uncovered_items_under_one_number_do_not_shrink_the_list(tmp_path):
    """Ten items of twenty are shown; the other ten hide behind the number of an eleventh."""
    rows = [f"K-{each},构件 {each},示例企业,是,100" for each in range(10)]
    rows += [f"K-X,构件 {each},示例企业,是,100" for each in range(10, 20)]
    members = table("构件编号,构件名称,所属企业,是否监测,字节数", *rows)
    export = table("构件编号,监测时间,字节数", *(f"K-{each},2023-09-04,100" for each in [*range(10), "X"]))
    outcome, judgement = judged(listed(tmp_path, members, export))
    assert (outcome.estimate.value, judgement.verdict) == (Fraction(1, 2), "FAIL")


def test_what_stands_beside_an_item_or_a_record_against_it_counts(tmp_path):
    rows = [f"K-{each},构件 {each},是,{'已拆除' if each == 1 else ''}" for each in range(5)]
    states = {2: "离线", 3: "蓝", 4: ""}
    export = table("构件编号,监测时间,状态", *(f"K-{each},2023-09-04,{states.get(each, '正常')}" for each in range(5)))
    given = listed(tmp_path, table("构件编号,构件名称,是否监测,备注", *rows), export)
    assert judged(given)[0].estimate.value == Fraction(1, 5)


def test_a_state_column_of_an_export_that_is_blank_throughout_says_nothing(tmp_path):
    members = table("构件编号,构件名称,是否监测", *(f"K-{each},构件 {each},是" for each in range(4)))
    export = table("构件编号,监测时间,状态", *(f"K-{each},2023-09-04," for each in range(3)))
    assert judged(listed(tmp_path, members, export))[0].estimate.value == Fraction(3, 4)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("K-1,2020-01-01,200", "exported-outside"),
        ("K-1,2023-09-04,201", "exported-differs"),
        ("K-9,2023-09-04,200", "not-exported"),
    ],
)
def test_a_record_has_to_be_of_the_item_in_its_time_and_size(tmp_path, row, why):
    export = table("构件编号,监测时间,字节数", "K-0,2023-09-04,100", row)
    question = replace(SHARE, limit=">= 100 %")
    given = input_of(listed(tmp_path, register_examples.population(2), export), question)
    outcome, judgement = answer([given], question)
    assert (outcome.estimate.value, judgement.verdict) == (Fraction(1, 2), "FAIL")
    from probes.register.measurands.coverage import coverage

    assert [each.why.code for each in coverage([given], question.ask).items if each.why] == [f"register.{why}"]


def test_documents_stand_for_items_and_an_empty_model_stands_for_none(tmp_path):
    models = {"a.ifc": bim_examples.ifc(2), "b.ifc": bim_examples.ifc(0), "c.ifc": bim_examples.ifc(2)[:300]}
    members = table("项目编号,模型文件", "1,a.ifc", "2,b.ifc", "3,c.ifc", "4,d.ifc", "5,")
    outcome, _ = judged(listed(tmp_path, members, documents=models))
    assert outcome.estimate.value == Fraction(1, 5)


def test_the_lesser_of_both_shares_decides_and_exactly_the_limit_is_not_above_it(tmp_path):
    rows = [f"D-{each},{10**6 if each == 0 else 1}" for each in range(10)]
    export = table("数据编号,字节数", *rows[1:])
    question = Question("register.cloud", "lesser-share", "> 80 %")
    outcome, judgement = judged(listed(tmp_path, table("数据编号,字节数", *rows), export), question)
    assert judgement.verdict == "FAIL"
    assert outcome.estimate.value < Fraction(1, 1000)
    exact = [f"D-{each},1" for each in range(10)]
    (tmp_path / "b").mkdir()
    trace = listed(tmp_path / "b", table("数据编号,字节数", *exact), table("数据编号,字节数", *exact[:8]))
    assert judged(trace, question)[1].verdict == "FAIL"


def test_companies_are_weighed_by_their_output_which_each_of_them_has_to_tell(tmp_path):
    rows = [f"{each},乙,{'是' if each == 2 else '否'},p.txt,300" for each in range(2, 12)]
    head = "工序编号,所属企业,是否数控,证明文件,产值"
    question = replace(SHARE, statistic="output-share")
    told = listed(tmp_path, table(head, "1,甲,是,p.txt,100", *rows), documents={"p.txt": b"proof"})
    assert judged(told, question)[0].estimate.value == Fraction(1, 4) + Fraction(3, 4) * Fraction(1, 10)
    for number, output in enumerate(("", "0", "很多"), 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        untold = listed(folder, table(head, f"1,甲,是,p.txt,{output}", *rows), documents={"p.txt": b"proof"})
        outcome, judgement = judged(untold, question)
        assert "register.no-outputs" in {each.reason.code for each in outcome.lacks}
        assert judgement.verdict == "INCONCLUSIVE"
    (tmp_path / "b").mkdir()
    twice = listed(
        tmp_path / "b", table(head, "1,甲,是,p.txt,100", "12,甲,是,p.txt,900", *rows), documents={"p.txt": b"proof"}
    )
    assert "register.no-outputs" in {each.reason.code for each in judged(twice, question)[0].lacks}


def test_companies_are_averaged_each_with_one_vote(tmp_path):
    members = table(
        "工序编号,所属企业,是否数控,证明文件",
        "1,甲,是,p.txt",
        *(f"{each},乙,{'是' if each == 2 else '否'},p.txt" for each in range(2, 12)),
    )
    trace = listed(tmp_path, members, documents={"p.txt": b"proof"})
    assert judged(trace, replace(SHARE, statistic="mean-share"))[0].estimate.value == Fraction(11, 20)
    assert judged(trace)[0].estimate.value == Fraction(2, 11)


def protocol(members, population, size):
    """A draw with dice, read in public."""
    digest = hashlib.sha256(members).hexdigest()
    body = {"schema": draw.SCHEMA, "list_sha256": digest, "population": population, "sizes": [size], "parties": []}
    lines = draw.next_line([], 1, "sealed", body)
    lines += draw.next_line(draw.read_steps(lines), 2, "typed", {"source": "dice", "value": "3 1 4 1 5 9 2 6"})
    return lines


@pytest.mark.parametrize(("bad", "verdict"), [(0, "PASS"), (3, "INCONCLUSIVE"), (30, "FAIL")])
def test_a_drawn_sample_is_bounded_by_its_finite_population(tmp_path, bad, verdict):
    members = register_examples.population(200, "")
    lines = protocol(members, 200, 40)
    drawn = draw.read_draw(lines, hashlib.sha256(members).hexdigest(), 200)
    rows = [f"K-{position},{'否' if at < bad else '是'}" for at, position in enumerate(drawn.positions)]
    documents = {DRAW: lines, CHECKED: table("构件编号,核查结论", *rows)}
    question = replace(SHARE, limit=">= 90 %")
    outcome, judgement = judged(listed(tmp_path, members, documents=documents), question)
    wanted = bounds(40 - bad, 40, 200, Fraction(1, 20))
    assert (outcome.estimate.lower, outcome.estimate.upper) == (
        Fraction(wanted.lower, 200),
        Fraction(wanted.upper, 200),
    )
    assert judgement.verdict == verdict


def test_a_drawn_item_of_which_the_auditor_says_nothing_is_not_covered(tmp_path):
    members = register_examples.population(50, "")
    documents = {DRAW: protocol(members, 50, 10), CHECKED: table("构件编号,核查结论", "K-49,大概")}
    outcome, judgement = judged(listed(tmp_path, members, documents=documents))
    assert (outcome.estimate.value, judgement.verdict) == (0, "FAIL")


def test_an_item_of_which_nobody_says_anything_leaves_a_census_open(tmp_path):
    rows = [f"K-{each},构件 {each},{'' if each == 3 else '是'}" for each in range(20)]
    proofs = {"p.txt": b"proof"}
    members = table("构件编号,构件名称,是否监测,证明文件", *(f"{each},p.txt" for each in rows))
    asked = replace(SHARE, minimum={"examined": Quantity.parse("100 %")})
    outcome, judgement = judged(listed(tmp_path, members, documents=proofs), asked)
    assert (outcome.effort["examined"], judgement.verdict) == (Fraction(19, 20), "INCONCLUSIVE")
    (tmp_path / "b").mkdir()
    told = table(*members.decode().replace(",,", ",否,").splitlines())
    assert judged(listed(tmp_path / "b", told, documents=proofs), asked)[1].verdict == "PASS"


def test_a_draw_over_another_list_is_no_draw_over_this_one(tmp_path):
    documents = {
        DRAW: protocol(register_examples.population(49), 49, 10),
        CHECKED: table("构件编号,核查结论", "K-1,是"),
    }
    outcome, judgement = judged(listed(tmp_path, register_examples.population(50), documents=documents))
    assert [each.code for each in outcome.invalid] == ["draw.list-changed"]
    assert judgement.verdict == "INVALID"


def test_a_name_is_no_number_and_a_record_of_blanks_shows_nothing(tmp_path):
    """A row whose number is blank is found by nothing, least of all by a record that only repeats its name."""
    members = table("编号,名称,所属企业,字节数", ",构件甲,某企业,", "K-2,构件乙,某企业,100")
    export = table("编号,时间,字节数", "构件甲,2023-09-04,100", "K-2,,")
    outcome, judgement = judged(listed(tmp_path, members, export))
    assert (outcome.estimate.value, judgement.verdict) == (0, "FAIL")


MEMBERS = "构件编号,构件名称,是否监测"
SHOWN = "构件编号,监测时间,数值"


def monitored(folder, *rows, above="", below="", export="", shown=10):
    own = rows or [f"B{at:03d},梁{at},是" for at in range(1, 11)]
    numbers = [each.partition(",")[0] for each in own]
    records = [f"{each},2023-09-{at:02d},{export or at}" for at, each in enumerate(numbers[:shown], start=1)]
    members = table(*([above] if above else []), MEMBERS, *own, *([below] if below else []))
    return judged(listed(folder, members, table(SHOWN, *records)))


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("已监测构件清单,,", ""),
        ("已上云数据目录,,", ""),
        ("关键构件清单（剔除未监测）,,", ""),
        ("全部关键构件共 40 个,,", ""),
        ("", "注：未监测构件另表,,"),
    ],
)
def test_a_list_that_says_it_is_a_part_is_no_denominator(tmp_path, above, below):
    outcome, judgement = monitored(tmp_path, above=above, below=below)
    assert (judgement.verdict, bool(outcome.invalid)) == ("INVALID", True)


@pytest.mark.parametrize(
    ("above", "below"),
    [("关键安全结构件清单,,", ""), ("关键构件清单（共10个）,,", ""), ("", "编制：张三,审核：李四,"), ("", "合计,10,")],
)
def test_an_ordinary_title_and_who_keeps_the_list_do_no_harm(tmp_path, above, below):
    assert monitored(tmp_path, above=above, below=below)[1].verdict == "PASS"


def test_one_item_under_two_writings_of_its_number_is_not_two(tmp_path):
    twice = [f"B{zero}{at},梁{at},是" for at in range(1, 6) for zero in ("", "0")]
    assert monitored(tmp_path, *twice, "C1,柱一,否", "C2,柱二,否", shown=10)[1].verdict == "FAIL"


@pytest.mark.parametrize("word", ["NaN", "无效", "--"])
def test_a_record_without_a_value_shows_nothing(tmp_path, word):
    assert monitored(tmp_path, export=word)[1].verdict == "FAIL"
