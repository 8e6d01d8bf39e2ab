# SPDX-License-Identifier: Apache-2.0
"""The public draw: anybody can draw again, nobody can steer it, and every way of cheating has a name."""

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agreed.witnessed import to_sign
from harness.errors import EvidenceError
from harness.evidence.keys import PrivateKey, generate, load_private
from harness.kit.draw import SCHEMA, commitment, missing, next_line, read_draw, read_steps, sample, seed_of
from harness.kit.draw.shown import draw_picture
from harness.stats.population import bounds, draw, required, sample_size

Say = Callable[..., tuple[int, str, str]]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "draw-in-public.md"
LIST = hashlib.sha256(b"the list").hexdigest()


def protocol(*steps: tuple[str, dict], sizes=(5, 7), parties=("applicant", "office"), population=60) -> bytes:
    body = {"schema": SCHEMA, "list": "l.csv", "list_sha256": LIST, "population": population, "sizes": list(sizes), "parties": list(parties)}  # fmt: skip
    content = next_line((), 10**18, "sealed", body)
    for number, (kind, said) in enumerate(steps, 1):
        content += next_line(read_steps(content), 10**18 + number * 10**9, kind, said)
    return content


def committed(party: str, value: str, number: int = 1) -> tuple[str, dict]:
    return "committed", {"party": party, "round": number, "commitment": commitment(LIST, number, party, value)}


def revealed(party: str, value: str, number: int = 1) -> tuple[str, dict]:
    return "revealed", {"party": party, "round": number, "value": value}


def withheld(party: str, number: int = 1) -> tuple[str, dict]:
    return "withheld", {"party": party, "round": number}


BOTH = (committed("applicant", "aa"), committed("office", "bb"))
ONE = (*BOTH, revealed("office", "bb"), revealed("applicant", "aa"))


def code_of(content: bytes, digest: str = LIST, population: int | None = 60) -> str:
    with pytest.raises(EvidenceError) as caught:
        missing(read_draw(content, digest, population))
    return caught.value.code


def test_both_sides_make_the_seed_and_every_round_adds_to_the_sample() -> None:
    second = (committed("applicant", "cc", 2), committed("office", "dd", 2), revealed("applicant", "cc", 2), revealed("office", "dd", 2))  # fmt: skip
    drawn = read_draw(protocol(*ONE, *second), LIST, 60)
    first = set(drawn.rounds[0].positions)
    assert [len(each.positions) for each in drawn.rounds] == [5, 7]
    assert not first & set(drawn.rounds[1].positions)
    assert (drawn.counted, drawn.looks, drawn.forfeited) == (12, 2, 0)
    assert list(drawn.rounds[0].positions) == draw(LIST, drawn.rounds[0].seed, 60, 5)


def test_a_withheld_value_goes_against_the_party_that_withholds_it() -> None:
    drawn = read_draw(protocol(*BOTH, revealed("office", "bb"), withheld("applicant")), LIST, 60)
    assert (drawn.positions, drawn.forfeited, drawn.counted) == ((), 5, 5)
    by_office = read_draw(protocol(*BOTH, revealed("applicant", "aa"), withheld("office")), LIST, 60)
    assert by_office.forfeited == 0
    again = (committed("applicant", "cc", 2), committed("office", "dd", 2), revealed("applicant", "cc", 2), revealed("office", "dd", 2))  # fmt: skip
    after = read_draw(protocol(*BOTH, revealed("office", "bb"), withheld("applicant"), *again), LIST, 60)
    assert (len(after.positions), after.forfeited) == (7, 5)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (protocol(), "draw.not-drawn"),
        (protocol(*BOTH), "draw.reveal-missing"),
        (protocol(*BOTH, revealed("office", "bb")), "draw.reveal-missing"),
        (protocol(*BOTH, revealed("office", "xx")), "draw.reveal-mismatch"),
        (protocol(committed("office", "bb"), revealed("office", "bb")), "draw.order"),
        (protocol(committed("office", "bb"), committed("office", "cc")), "draw.order"),
        (protocol(*BOTH, revealed("office", "bb"), committed("applicant", "zz")), "draw.order"),
        (protocol(*BOTH, revealed("office", "bb"), withheld("office")), "draw.order"),
        (protocol(committed("applicant", "aa"), withheld("applicant")), "draw.order"),
        (protocol(committed("stranger", "aa")), "draw.stranger"),
        (protocol(committed("office", "aa", 2)), "draw.stranger"),
        (protocol(("typed", {"source": "dice", "value": "1 2 3 4 5 6 1 2", "round": 1})), "draw.typed-not-agreed"),
        (protocol(("typed", {"source": "dice", "value": "1 2", "round": 1}), parties=()), "draw.typed-short"),
        (protocol(("typed", {"source": "my head", "value": "123456789", "round": 1}), parties=()), "draw.typed-short"),
        (protocol(("again", {})), "draw.unknown-step"),
        (protocol(*ONE, committed("applicant", "aa", 2), committed("office", "ee", 2), revealed("applicant", "aa", 2)), "draw.used-twice"),
        (protocol(*ONE, committed("office", "cc", 2), sizes=(5,)), "draw.too-many-rounds"),
        (protocol(parties=("applicant",)), "draw.one-side"),
        (protocol(parties=("office", "office")), "draw.one-side"),
        (protocol(parties=("vendor", "office")), "draw.one-side"),
        (protocol(parties=("applicant", "friend")), "draw.one-side"),
        (protocol(parties=("office", "institute")), "draw.one-side"),
        (protocol(*ONE, ("signed", {"keyid": "00", "public": "no key", "sig": "00"})), "draw.signature"),
        (protocol(sizes=()), "draw.sizes"),
        (protocol(sizes=(40, 30)), "draw.sizes"),
        (protocol(sizes=(0,)), "draw.sizes"),
        (protocol(population=10**13), "draw.sizes"),
        (protocol(population=10**12, sizes=(1_000_001,)), "draw.sizes"),
        (protocol(*ONE)[:-1], "draw.torn"),
        (b"", "draw.torn"),
        (b"not json\n", "draw.edited"),
        (protocol(*ONE).replace(b'"value":"aa"', b'"value":"ab"'), "draw.edited"),
        (b"".join(protocol(*ONE).splitlines(keepends=True)[1:]), "draw.edited"),
        (next_line((), 10**18, "sealed", {"schema": SCHEMA}), "draw.not-sealed"),
        (protocol(("committed", {"party": "office"})), "draw.stranger"),
        (protocol(("committed", {"party": "office", "round": "one"})), "draw.edited"),
    ],
)  # fmt: skip
def test_every_way_of_breaking_the_rules_has_a_code(content: bytes, code: str) -> None:
    assert code_of(content, population=None) == code


def test_a_signature_covers_the_record_as_it_stands_and_no_step_after_it(tmp_path: Path) -> None:
    office, tester = (load_private(generate(tmp_path / name)[0]) for name in ("office", "tester"))
    one = signed(signed(protocol(*ONE), office), tester)
    assert set(read_draw(one).signers) == {office.keyid, tester.keyid}
    steps = read_steps(one)
    more = one + next_line(steps, steps[-1].time_ns, *committed("office", "cc", 2))
    assert read_draw(more).signers == ()
    body = {"keyid": office.keyid, "public": office.public_pem.decode(), "sig": office.sign(b"else").hex()}
    assert code_of(one + next_line(steps, steps[-1].time_ns, "signed", body)) == "draw.signature"


def signed(content: bytes, signer: PrivateKey) -> bytes:
    """The record with one more signature."""
    steps = read_steps(content)
    sig = signer.sign(to_sign(steps[-1].hash)).hex()
    body = {"keyid": signer.keyid, "public": signer.public_pem.decode("ascii"), "sig": sig}
    return content + next_line(steps, steps[-1].time_ns, "signed", body)


NODE = """
const fs = require("fs"), crypto = require("crypto");
const sha = (data) => crypto.createHash("sha256").update(data).digest("hex");
const [path, population, size, number, ...values] = process.argv.slice(1);
const sealed = sha(fs.readFileSync(path));
const seed = sha(["yanshou-draw-1", sealed, number, ...values.sort()].join("\\n"));
const key = (i) => sha(`yanshou-sample-1\\n${sealed}\\n${seed}\\n${i}`);
const items = [...Array(+population).keys()].map((i) => [key(i), i]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
console.log(JSON.stringify(items.slice(0, +size).map((each) => each[1]).sort((a, b) => a - b)));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_another_language_draws_the_same_sample(says: Say, tmp_path: Path) -> None:
    rows = "".join(f"{number},企业{number}\n" for number in range(1, 201))
    (tmp_path / "list.csv").write_text("序号,名称\n" + rows, encoding="utf-8")
    held(says, tmp_path, sizes="12")
    found = json.loads(says("draw", "show", tmp_path / "a.draw.jsonl", "--json")[1])
    steps = [json.loads(line)["body"] for line in (tmp_path / "a.draw.jsonl").read_text("utf-8").splitlines()]
    values = [f"{each['party']}={each['value']}" for each in steps if "value" in each]
    done = subprocess.run(
        ["node", "-e", NODE, "list.csv", "200", "12", "1", *values],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == found["positions"]


def test_a_list_that_changed_after_the_draw_is_refused() -> None:
    assert code_of(protocol(*ONE), hashlib.sha256(b"another list").hexdigest()) == "draw.list-changed"
    assert code_of(protocol(*ONE), population=61) == "draw.population"


@given(st.binary(max_size=400))
def test_noise_is_no_draw(noise: bytes) -> None:
    with pytest.raises(EvidenceError):
        missing(read_draw(noise))
    lines = protocol(*ONE)
    with pytest.raises(EvidenceError):
        missing(read_draw(lines[: len(lines) // 2] + noise))


def test_ten_lines_of_python_without_our_package_draw_the_same_sample(says: Say, tmp_path: Path) -> None:
    rows = "".join(f"{number},企业{number}\n" for number in range(1, 201))
    (tmp_path / "list.csv").write_text("序号,名称\n" + rows, encoding="utf-8")
    held(says, tmp_path, sizes="12")
    found = json.loads(says("draw", "show", tmp_path / "a.draw.jsonl", "--json")[1])
    values = [json.loads(line)["body"] for line in (tmp_path / "a.draw.jsonl").read_text("utf-8").splitlines()]
    opened = {each["party"]: each["value"] for each in values if "value" in each}
    script = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    assert len(script.strip().splitlines()) <= 10
    assert "harness" not in script
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, "list.csv", "200", "12", "1", *(f"{party}={value}" for party, value in sorted(opened.items()))],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == found["positions"]


def test_a_hundred_million_items_are_drawn_by_numbers_that_six_lines_reproduce() -> None:
    sha = lambda text: hashlib.sha256(text.encode()).hexdigest()  # noqa: E731 - as the page has it
    whole, size, seed = 100_000_000, 300, seed_of(LIST, 1, {"applicant": "aa", "office": "bb"})
    picks: list[int] = []
    while len(picks) < size:
        picks.append(whole * int(sha(f"yanshou-pick-1\n{LIST}\n{seed}\n{len(picks)}"), 16) >> 256)
    found = read_draw(protocol(*ONE, sizes=(size, 50), population=whole), LIST, whole)
    assert found.rounds[0].positions == tuple(sorted(picks)), "no two of these picks are alike"
    assert "pick(j)" in PAGE.read_text("utf-8")
    assert sample(LIST, seed, whole, size, picks[:10]) != found.rounds[0].positions
    assert set(sample(LIST, seed, whole, size, picks[:10])).isdisjoint(picks[:10])


def test_picks_are_uniform_and_repeat_nobody() -> None:
    whole = 10_000_001
    picks = np.array(sample(LIST, seed_of(LIST, 1, {"a": "1", "b": "2"}), whole, 20_000))
    assert len(np.unique(picks)) == 20_000
    counts = np.histogram(picks, bins=20, range=(0, whole))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8, "chi-square with 19 degrees of freedom, 0.1 %"


def test_a_long_list_of_lines_is_sealed_and_its_drawn_rows_found_without_holding_it(
    says: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.agreed.draw_commands._HELD", 1000)
    path = tmp_path / "list.csv"
    path.with_suffix(".txt").write_text("".join(f"88.{number}/x\n\n" for number in range(500)), encoding="utf-8")
    path = path.with_suffix(".txt")
    place = tmp_path / "a.draw.jsonl"
    assert says("draw", "seal", place, "--list", path, "--sizes", "5", "--parties", "none")[0] == 0
    assert says("draw", "typed", place, "--source", "dice", "--value", "3 1 6 6 2 4 5 1 1 2")[0] == 0
    found = json.loads(says("draw", "check", place, "--list", path, "--json")[1])
    assert found["population"] == 500
    assert says("draw", "blind", place, "--list", path, "--out", tmp_path / "sheet.csv")[0] == 0
    rows = list(csv.reader((tmp_path / "sheet.csv").read_text("utf-8-sig").splitlines()))
    assert [row[2] for row in rows[1:]] == [f"88.{at}/x" for at in found["positions"]]
    path.write_bytes(path.read_bytes() + b"\xff\xfe\n")
    assert says("draw", "seal", tmp_path / "b.draw.jsonl", "--list", path, "--sizes", "5")[0] == 2


def held(says: Say, folder: Path, sizes: str) -> None:
    """A whole draw of one round through the command line."""
    place = folder / "a.draw.jsonl"
    assert says("draw", "seal", place, "--list", folder / "list.csv", "--sizes", sizes)[0] == 0
    for party in ("applicant", "office"):
        assert says("draw", "commit", place, "--party", party, "--secret", folder / f"{party}.secret")[0] == 3
    assert says("draw", "reveal", place, "--party", "office", "--secret", folder / "office.secret")[0] == 3
    assert says("draw", "reveal", place, "--party", "applicant", "--secret", folder / "applicant.secret")[0] == 0


def test_the_auditor_gets_the_drawn_rows_without_what_is_claimed(says: Say, tmp_path: Path) -> None:
    rows = "".join(f"{number},企业{number},=1+1,{number % 2}\n" for number in range(1, 51))
    (tmp_path / "list.csv").write_text("序号,名称,备注,已联网\n" + rows, encoding="utf-8")
    held(says, tmp_path, sizes="4,4")
    assert (tmp_path / "office.secret").stat().st_mode & 0o077 == 0
    sheet = tmp_path / "sheet.csv"
    code, _, _ = says(
        "draw", "blind", tmp_path / "a.draw.jsonl", "--list", tmp_path / "list.csv", "--hide", "已联网", "--out", sheet
    )
    assert code == 0
    head, *body = csv.reader(sheet.read_text("utf-8-sig").splitlines())
    assert head == ["No.", "row", "序号", "名称", "备注", "已联网"]
    assert [(each[5], each[1] == each[2], each[4]) for each in body] == [("", True, "'=1+1")] * 4
    (tmp_path / "list.csv").write_text("序号,名称\n1,甲\n", encoding="utf-8")
    code, _, told = says("draw", "check", tmp_path / "a.draw.jsonl", "--list", tmp_path / "list.csv")
    assert (code, "changed after the draw" in told) == (4, True)


def test_public_numbers_may_take_the_place_of_secrets_where_that_was_sealed(says: Say, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("".join(f"node-{number}\n" for number in range(30)), encoding="utf-8")
    place = tmp_path / "b.draw.jsonl"
    assert says("draw", "seal", place, "--list", tmp_path / "list.txt", "--sizes", "3", "--parties", "none")[0] == 0
    assert says("draw", "typed", place, "--source", "dice", "--value", "3 1 6 6 2 4 5 1 1 2")[0] == 0
    drawn = read_draw(place.read_bytes())
    digest = hashlib.sha256((tmp_path / "list.txt").read_bytes()).hexdigest()
    assert drawn.positions == sample(digest, seed_of(digest, 1, {"dice": "3 1 6 6 2 4 5 1 1 2"}), 30, 3)


N, SHARE, TRIES, VENDORS, ALPHA = 1000, 0.85, 400, 400, 0.05


def passes(bad_in_sample: np.ndarray, n: int, alpha: float) -> np.ndarray:
    """Whether a sample with so many bad items proves that at least 85 % of the list conform."""
    need = required(N, SHARE)
    allowed = max((c for c in range(n) if bounds(n - c, n, N, alpha).lower >= need), default=-1)
    return bad_in_sample <= allowed


def test_a_vendor_who_grinds_gets_by_with_the_old_rule_and_not_with_the_draw() -> None:
    """Exactly one item too many is bad. Old rule: the digest of the evidence is the seed, and the vendor saves the file again and
    again until the sample suits him. New rule: he chooses rows, order and files before a value that he does not know."""
    bad = N - required(N, SHARE) + 1
    n = sample_size(N, bad, 3, ALPHA)
    assert n is not None
    generator = np.random.default_rng(13)
    ground = generator.hypergeometric(bad, N - bad, n, size=(VENDORS, TRIES)).min(axis=1)
    drawn = generator.hypergeometric(bad, N - bad, n, size=(VENDORS * TRIES,))
    old, new = passes(ground, n, ALPHA).mean(), passes(drawn, n, ALPHA).mean()
    assert old > 0.99
    assert new <= ALPHA


def test_rows_order_and_files_that_a_vendor_chooses_before_the_seed_do_not_move_the_odds() -> None:
    """The real rule with real hashes: the vendor tries many orders of his list and keeps the one that would have suited him
    for every value he can think of; the values of the draw are others."""
    bad, n = 30, 40
    population = 200
    generator = np.random.default_rng(4)
    guesses = [f"{value:064x}" for value in range(6)]
    best, digest = population, LIST
    for tried in range(25):
        own = hashlib.sha256(f"order {tried}".encode()).hexdigest()
        hits = sum(
            sum(
                each < bad for each in sample(own, seed_of(own, 1, {"applicant": "aa", "office": guess}), population, n)
            )
            for guess in guesses
        )
        best, digest = (hits, own) if hits < best else (best, digest)
    found = [
        sum(
            each < bad
            for each in sample(
                digest, seed_of(digest, 1, {"applicant": "aa", "office": generator.bytes(32).hex()}), population, n
            )
        )
        for _ in range(400)
    ]
    expected = n * bad / population
    assert abs(np.mean(found) - expected) < 4 * np.std(found) / np.sqrt(len(found))


def test_withholding_never_helps_the_applicant() -> None:
    """He reveals last, sees the sample, and withholds whenever it would fail: forfeited items are bad ones, so he fails as well."""
    bad = N - required(N, SHARE) + 1
    n = sample_size(N, bad, 3, ALPHA / 2)
    assert n is not None
    generator = np.random.default_rng(5)
    first = generator.hypergeometric(bad, N - bad, n, size=4000)
    second = generator.hypergeometric(bad, N - bad, n, size=4000)
    honest = passes(first, n, ALPHA / 2)
    need = required(N, SHARE)
    after = np.array([bounds(n - int(each), 2 * n, N, ALPHA / 2).lower >= need for each in second])
    assert (honest | (~honest & after)).mean() <= ALPHA


def test_the_picture_tells_every_stage_with_its_seed_and_what_each_round_drew() -> None:
    first = committed("applicant", "a"), committed("office", "b"), revealed("office", "b"), revealed("applicant", "a")
    second = (
        committed("applicant", "c", 2),
        committed("office", "d", 2),
        revealed("office", "d", 2),
        withheld("applicant", 2),
    )
    drawn = read_draw(protocol(*first, *second))
    made = draw_picture(drawn)
    titles = [each.title.zh for each in made.stages]
    assert titles == [
        "封存名单与样本量",
        "提交随机值的承诺",
        "公开随机值",
        "由此得出种子",
        "提交随机值的承诺",
        "公开随机值",
        "拒不公开随机值",
    ]
    assert drawn.rounds[0].seed[:12] in str(made.stages[3].lines[0])
    assert [each.zh[:4] for each in made.stages[1].lines if not isinstance(each, str)] == ["申报方 ", "验收部门"]
    assert [tuple(each.positions) for each in made.rounds] == [drawn.rounds[0].positions]
