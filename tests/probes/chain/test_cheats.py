# SPDX-License-Identifier: Apache-2.0
"""An honest alliance passes; every way to cheat is found, each with a reason of its own, and never helps."""

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.model import Judgement, Outcome
from harness.plugins import Asked, Input, Trace
from harness.testing import Question, answer, check_probe
from probes.chain.digests.ledger import Ledger
from probes.chain.digests.table import DRAW, document
from probes.chain.instruments.nodes import PROBE
from probes.chain.plans.settings import ChainSettings
from probes.chain.simulators.plans import NetworkSettings
from tests.probes.chain.made import QUESTIONS, Alliance, codes

HONEST = [
    ({}, "PASS"),
    ({"chain": "fisco2"}, "PASS"),
    ({"observers": 3}, "PASS"),
    ({"chain": "fisco2", "algorithm": "keccak256"}, "FAIL"),
]


@pytest.mark.parametrize(("plan", "national"), HONEST)
def test_an_honest_alliance_is_what_it_says(plan: dict[str, Any], national: str, tmp_path: Path) -> None:
    made = Alliance(tmp_path, **plan)
    for question in ("organisations", "keys", "records", "transactions"):
        outcome, judged = made.judged(question, tmp_path / question)
        assert judged.verdict == "PASS", (question, codes(outcome))
        assert outcome.estimate is not None
        assert outcome.estimate.value == (60 if question in {"records", "transactions"} else 10)
    assert made.judged("sm", tmp_path / "sm")[1].verdict == national
    if national == "PASS":
        assert made.judged("certificates", tmp_path / "certificates")[1].verdict == "PASS"


CHEATS = [
    # how it cheats, what is asked, the verdict, the reason it is found by, the value
    ({"aliases": [2, 3]}, "keys", "FAIL", "struck-same-identity", 8),
    ({"forked": [4]}, "keys", "FAIL", "struck-forked", 9),
    ({"mocked": [5]}, "keys", "FAIL", "struck-header-wrong", 9),
    ({"mocked": [5]}, "records", "INVALID", "blocks-wrong", None),
    ({"mocked": [5]}, "sm", "INVALID", "blocks-wrong", None),
    ({"other_genesis": [6]}, "keys", "FAIL", "struck-other-genesis", 9),
    ({"unlisted": [7]}, "keys", "FAIL", "struck-not-listed", 9),
    ({"silent": [8]}, "keys", "INCONCLUSIVE", "struck-silent", 9),
    ({"html": [8]}, "keys", "INCONCLUSIVE", "struck-html", 9),
    ({"half": [9]}, "keys", "FAIL", "struck-incomplete", 9),
    ({"backwards": [9]}, "keys", "FAIL", "struck-height-back", 9),
    ({"light": [3]}, "keys", "FAIL", "struck-proof-absent", 9),
    ({"misproving": [4]}, "keys", "FAIL", "struck-proof-wrong", 9),
    ({"misproving": [4], "chain": "fisco2"}, "keys", "FAIL", "struck-proof-wrong", 9),
    ({"quits": [2]}, "keys", "INCONCLUSIVE", "struck-proof-missing", 9),
    ({"busy": [2]}, "keys", "PASS", "troubles", 10),
    ({"behind": [3], "per_block": 2}, "keys", "PASS", "behind", 10),
    ({"repeated": 5, "records": 55}, "records", "FAIL", "off-same-payload", 55),
    ({"counters": 5, "records": 55}, "records", "INCONCLUSIVE", "near-copies", 60),
    ({"replayed": 5}, "records", "FAIL", "off-signature-twice", 55),
    ({"replayed": 5}, "transactions", "FAIL", "off-signature-twice", 55),
    ({"forged": 5, "records": 55}, "records", "FAIL", "off-unsound", 55),
    ({"failed": 5}, "records", "INCONCLUSIVE", "off-failures", 55),
    ({"unsealed": [2]}, "records", "FAIL", "off-unsealed", 50),
    ({"unsealed": [2]}, "sm", "FAIL", "sm-not-sealed", None),
    ({"algorithm": "keccak256", "claims": True}, "sm", "FAIL", "claims-sm", 0),
    ({"days": 0, "records": 120}, "records", "PASS", "one-day", 120),
]


@pytest.mark.parametrize(("plan", "question", "verdict", "reason", "value"), CHEATS, ids=lambda each: str(each)[:40])
def test_every_cheat_is_found_by_its_own_reason(
    plan: dict[str, Any], question: str, verdict: str, reason: str, value: int | None, tmp_path: Path
) -> None:
    outcome, judged = Alliance(tmp_path, **plan).judged(question, tmp_path / "judged")
    assert reason in codes(outcome)
    assert judged.verdict == verdict
    if value is not None:
        assert outcome.estimate is not None
        assert outcome.estimate.value == value


def test_every_way_to_cheat_is_among_them() -> None:
    sizes = {"chain", "count", "observers", "records", "bundle", "per_block", "first", "originals"}
    tried = {key for plan, *_ in CHEATS for key in plan} | {"altered"}  # its originals have a test of their own
    assert set(NetworkSettings.model_fields) - sizes == tried - sizes
    nodes = [reason for plan, question, _, reason, _ in CHEATS if question == "keys" and "fisco2" not in plan.values()]
    assert len(nodes) == len({*nodes})


def test_ten_addresses_of_one_node_are_one(tmp_path: Path) -> None:
    made = Alliance(tmp_path, aliases=list(range(2, 11)), certified=False)
    outcome, judged = made.judged("keys", tmp_path / "judged")
    assert judged.verdict == "FAIL"
    assert outcome.estimate is not None
    assert outcome.estimate.value <= 1


def test_a_name_without_certificate_or_register_owns_nothing(tmp_path: Path) -> None:
    made = Alliance(tmp_path, certified=False)
    nodes = [
        {key: value for key, value in each.items() if key in {"name", "url", "organisation"}}
        for each in made.settings["nodes"]
    ]
    outcome, judged = made.judged("organisations", tmp_path / "judged", nodes=nodes)
    assert judged.verdict == "INCONCLUSIVE"
    assert "owner-unproven" in codes(outcome)


def test_ten_nodes_of_nine_owners_are_nine(tmp_path: Path) -> None:
    made = Alliance(tmp_path, certified=False)
    nodes = [dict(each) for each in made.settings["nodes"]]
    nodes[9]["uscc"] = nodes[0]["uscc"]
    outcome, judged = made.judged("organisations", tmp_path / "judged", nodes=nodes)
    assert outcome.estimate is not None
    assert (judged.verdict, outcome.estimate.value) == ("FAIL", 9)


def test_a_credit_code_with_a_wrong_digit_is_nobody(tmp_path: Path) -> None:
    made = Alliance(tmp_path, certified=False)
    nodes = [dict(each) for each in made.settings["nodes"]]
    nodes[9]["uscc"] = nodes[9]["uscc"][:-1] + ("1" if nodes[9]["uscc"][-1] != "1" else "2")
    assert made.judged("organisations", tmp_path / "judged", nodes=nodes)[1].verdict == "INCONCLUSIVE"


def test_a_node_that_calls_itself_a_sealer_is_none(tmp_path: Path) -> None:
    made = Alliance(tmp_path, unlisted=[10])
    key = made.network.keys[9].hex.encode()
    first = made.network.keys[0].hex.encode()
    at = made.data.index(b'"node":"node10"')
    own = made.data[at:].replace(
        b'"result":[{"nodeID":"' + first, b'"result":[{"nodeID":"' + key + b'","weight":1},{"nodeID":"' + first
    )
    made.data = made.data[:at] + own
    outcome, judged = made.judged("keys", tmp_path / "judged")
    assert judged.verdict == "FAIL"
    assert "struck-not-listed" in codes(outcome)


def test_two_nodes_have_no_majority(tmp_path: Path) -> None:
    made = Alliance(tmp_path, count=2, forked=[2])
    outcome, _ = made.judged("keys", tmp_path / "judged")
    assert outcome.estimate is not None
    assert outcome.estimate.value == 0


def test_bodies_that_were_not_fetched_do_not_count(tmp_path: Path) -> None:
    made = Alliance(tmp_path, wanted=1)
    outcome, judged = made.judged("records", tmp_path / "judged")
    assert judged.verdict != "PASS"
    assert "bodies-missing" in codes(outcome)


def test_a_range_counts_what_is_in_it(tmp_path: Path) -> None:
    outcome, _ = Alliance(tmp_path).judged("records", tmp_path / "judged", first=2, last=3)
    assert "all-contracts" in codes(outcome)
    assert outcome.estimate is not None
    assert outcome.estimate.value == 20


def test_the_range_of_records_does_not_choose_the_blocks_of_national_cryptography(tmp_path: Path) -> None:
    made = Alliance(tmp_path, unsealed=[2])
    assert made.judged("records", tmp_path / "records", first=3, last=6)[0].estimate is not None
    outcome, judged = made.judged("sm", tmp_path / "sm", first=3, last=6)
    assert judged.verdict == "FAIL"
    assert "sm-not-sealed" in codes(outcome)


def test_another_contract_has_no_records(tmp_path: Path) -> None:
    outcome, judged = Alliance(tmp_path).judged("records", tmp_path / "judged", contracts="0x" + 40 * "1")
    assert judged.verdict == "FAIL"
    assert "off-not-business" in codes(outcome)


def test_receipts_of_a_failed_one_take_it_off(tmp_path: Path) -> None:
    made = Alliance(tmp_path)
    first = made.network.main.txs[0]
    told = b'{"t":1,"ms":1,"ask":{"method":"getTransactionReceipt","params":[]},"raw":{"jsonrpc":"2.0","id":1,"result":{"status":16,"transactionHash":"%s"}}}\n'
    made.data += (
        b'{"format":"yanshou.chain/1","node":"node1","url":"http://10.0.0.1:20200","chain":"fisco3","group":"group0"}\n'
    )
    made.data += told % first.encode()
    outcome, judged = made.judged("records", tmp_path / "judged")
    assert judged.verdict == "FAIL"
    assert "off-failed" in codes(outcome)


def test_the_probe_keeps_the_house_rules(tmp_path: Path) -> None:
    made = Alliance(tmp_path / "made", count=3)
    path = tmp_path / "0001.jsonl"
    path.write_bytes(made.data)
    settings = ChainSettings.model_validate(made.settings)
    trace = Trace("test.asked", "source", PROBE.name, 1, (path,), settings)
    (tmp_path / "scratch").mkdir()
    check_probe(PROBE, trace, Asked((QUESTIONS["records"].ask,), settings), tmp_path / "scratch")


SO_FAR = [
    (QUESTIONS["records"], "60 so far in 8 blocks, 5 taken off"), (QUESTIONS["sm"], "SM3 gives the hash of 8 of 8 blocks"),
    (QUESTIONS["keys"], "7 (most nodes), 10 of 10 nodes tell theirs"),
    (Question("chain.finality", "quantile", "<= 1 s", {"q": "95 %"}), "0 of 0 shown by two thirds of the nodes"),
    (Question("chain.fault", "count", ">= 1 个"), "7 (most nodes), 10 of 10 nodes tell theirs"),
]  # fmt: skip


def test_every_indicator_says_what_there_is_while_nodes_are_asked(tmp_path: Path) -> None:
    given = [recorded(Alliance(tmp_path, repeated=5), tmp_path, None)]
    for question, said in SO_FAR:
        record, ask, request = question.record, question.ask, question.request
        view = installed.resolve(record.view)(given, ask)
        lines = installed.resolve(record.live)(view, Outcome(None), request)
        assert [each.said.en for each in lines][:1] == [said]


def originals(made: Alliance, tmp_path: Path, protocol: bytes | None) -> tuple[Outcome, Judgement]:
    """What the originals of an alliance come to, of those that the protocol draws."""
    return answer([recorded(made, tmp_path, protocol)], Question("chain.offchain", "share", ">= 99 %"))


def recorded(made: Alliance, tmp_path: Path, protocol: bytes | None) -> Input:
    """All that there is of an alliance, in one digest."""
    settings = ChainSettings.model_validate(made.settings)
    path = tmp_path / "0001.jsonl"
    path.write_bytes(made.data)
    trace = Trace("test.asked", "source", PROBE.name, 1, (path,), settings)
    parts = [PROBE.summarise(chunk, Asked((), settings)) for chunk in PROBE.chunks(trace)]
    parts += [document(name, each.read_bytes(), settings.originals) for name, each in made.documents.items()]
    parts += [] if protocol is None else [document(DRAW, protocol, settings.originals)]
    return Input(PROBE.name, "source", reduce(Ledger.merge, parts), trace)


@pytest.mark.parametrize("altered", [0, 3])
def test_records_are_held_against_their_originals(altered: int, tmp_path: Path) -> None:
    made = Alliance(tmp_path, originals=True, altered=altered)
    outcome, judged = originals(made, tmp_path, made.protocol(60))
    assert outcome.estimate is not None
    assert outcome.estimate.value == 1 - Fraction(altered, 60)
    assert ("without-original" in codes(outcome)) == bool(altered)
    assert judged.verdict == ("FAIL" if altered else "PASS")


def test_of_a_draw_only_the_drawn_records_are_looked_at_and_too_few_prove_nothing(tmp_path: Path) -> None:
    made = Alliance(tmp_path, originals=True)
    outcome, judged = originals(made, tmp_path, made.protocol(20))
    assert outcome.estimate is not None
    assert outcome.estimate.n == 20
    assert judged.verdict == "INCONCLUSIVE"
    assert "draw-too-small" in {each.code.rpartition(".")[2] for each in judged.reasons}


def test_without_a_public_draw_nothing_is_said_and_what_to_seal_is_told(tmp_path: Path) -> None:
    made = Alliance(tmp_path, originals=True)
    outcome, judged = originals(made, tmp_path, None)
    assert judged.verdict == "INCONCLUSIVE"
    (lack,) = outcome.lacks
    assert (lack.reason.code, lack.reason.facts["total"]) == ("chain.no-draw", 60)


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (lambda made: made.protocol(60, tip="ab" * 32), "chain.draw-of-another-chain"),
        (lambda made: made.protocol(60, population=61), "draw.population"),
        (lambda made: made.protocol(60).splitlines(keepends=True)[0], "draw.not-drawn"),
        (lambda made: made.protocol(60).replace(b"2 7 1", b"2 7 2"), "draw.edited"),
    ],
    ids=["another chain", "another number of records", "nothing drawn", "edited"],
)
def test_a_draw_that_does_not_hold_is_invalid(spoilt: Callable[[Alliance], bytes], code: str, tmp_path: Path) -> None:
    made = Alliance(tmp_path, originals=True)
    _, judged = originals(made, tmp_path, spoilt(made))
    assert judged.verdict == "INVALID"
    assert code in {each.code for each in judged.reasons}
