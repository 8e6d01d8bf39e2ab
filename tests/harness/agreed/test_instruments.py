# SPDX-License-Identifier: Apache-2.0
"""An instrument out of date, of another serial number or range, or off its reference breaks what was measured with it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from harness import installed
from harness.agreed import instruments
from harness.agreed.holding import Holding
from harness.agreed.instruments import Bench
from harness.evidence.keys import generate
from harness.evidence.verify import verify
from harness.installed import MEASURANDS
from harness.model import Criterion, Reading
from harness.replay import replay
from harness.spec import installed_scenarios
from harness.spec.instruments import CertificateSpec, InstrumentSpec
from tests.harness import scales as domain
from tests.harness.agreed.certificates import dcc

Say = Callable[..., tuple[int, str, str]]
DECLARED = """\
instruments:
  balance-1:
    kind: balance
    model: B-100
    serial: SN-42
    range: [0 %, 100 %]
    certificate: {number: LC-2026-0815, laboratory: 某计量院, date: 2026-01-05, due: 2027-01-04, file: cert.xml}
"""
TEXT = """\
证书编号 LC-2026-0815
出厂编号 SN-42
校准日期：2026年1月5日
扩展不确定度 U = 0.2 %（k = 2）
"""
SEEN: list[domain.Request] = []


@pytest.fixture
def site(scales: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The scales, as a measurand that needs a balance; certificates lie beside the profile."""
    needing = replace(domain.MEASURAND, instruments=("balance",), statistics={"share": f"{__name__}:share"})
    found = installed.measurand
    monkeypatch.setattr(installed, "measurand", lambda name: needing if name == "scales.heavy" else found(name))
    (scales.parent / "cert.xml").write_bytes(dcc())
    (scales.parent / "cert.txt").write_text(TEXT, encoding="utf-8")
    (scales.parent / "cert.pdf").write_bytes(b"%PDF-1.7 scan")
    (scales.parent / "reference.log").write_text("40\n" * 50, encoding="utf-8")
    (scales.parent / "heavy.log").write_text("60\n" * 50, encoding="utf-8")
    SEEN.clear()
    return scales


def share(scales: list[domain.Bags], request: domain.Request) -> domain.Outcome:
    SEEN.append(request)
    return domain.share(scales, request)


def outcome(
    site: Path, says: Say, out: Path, declared: str = DECLARED, kind: str = "third-party"
) -> tuple[str, list[str], dict]:
    """Verdict, codes of its reasons and the entry of the instruments, after a run with ``declared`` in the profile."""
    text = site.read_text("utf-8").replace("kind: self-check", f"kind: {kind}")
    site.write_text(text + declared, encoding="utf-8")
    code, _, told = says("run", site, "--out", out)
    assert code in {0, 1, 3}, told
    root = out / "scales.bundle"
    assert replay(root).identical
    results = json.loads((root / "data/results.json").read_bytes())
    found = results["indicators"][0]
    return (
        found["verdict"],
        [each["code"] for each in (*found["reasons"], *found["remarks"])],
        results["campaign"]["agreed"],
    )


def test_a_certificate_in_order_lets_the_indicator_pass_and_reaches_the_statistic(
    site: Path, says: Say, tmp_path: Path
) -> None:
    verdict, codes, agreed = outcome(site, says, tmp_path)
    assert (verdict, codes) == ("PASS", ["decide.conforms-proven"])
    told = agreed["instruments"][0]
    assert (told["state"], told["certificate"], told["indicators"]) == ("APPLICABLE", "LC-2026-0815", ["t09.heavy"])
    assert [each.certificate for each in SEEN[0].instrument("balance")] == ["LC-2026-0815"]
    assert len(SEEN[0].instrument("balance")[0].calibrations) == 2
    assert not verify(tmp_path / "scales.bundle").defects


@pytest.mark.parametrize(
    ("old", "new", "verdict", "code"),
    [
        ("due: 2027-01-04", "due: 2026-02-01", "INVALID", "instruments.expired"),
        ("date: 2026-01-05, due: 2027-01-04", "date: 2099-01-05, due: 2099-02-04", "INVALID", "instruments.not-yet"),
        ("due: 2027-01-04", "due: 2028-01-04", "INVALID", "instruments.other-due"),
        ("serial: SN-42", "serial: SN-43", "INVALID", "instruments.other-serial"),
        ("number: LC-2026-0815", "number: LC-2026-0816", "INVALID", "instruments.other-number"),
        ("date: 2026-01-05", "date: 2026-01-06", "INVALID", "instruments.other-date"),
        ("laboratory: 某计量院", "laboratory: 国家计量院", "INVALID", "instruments.other-laboratory"),
        ("range: [0 %, 100 %]", "range: [30 %, 100 %]", "INVALID", "instruments.out-of-range"),
        (", due: 2027-01-04", "", "INCONCLUSIVE", "instruments.no-due"),
        (", file: cert.xml", "", "INCONCLUSIVE", "instruments.no-file"),
        ("file: cert.xml", "file: cert.pdf", "INCONCLUSIVE", "instruments.certificate-unread"),
        ("file: cert.xml", "file: cert.txt", "PASS", "decide.conforms-proven"),
        ("number: LC-2026-0815, laboratory: 某计量院, date: 2026-01-05, due: 2027-01-04, file: cert.xml", "number: LC-9, laboratory: 某计量院, date: 2026-01-05, due: 2027-01-04, file: cert.txt", "INVALID", "instruments.not-in-text"),
    ],
)  # fmt: skip
def test_each_defect_of_an_instrument_has_its_own_code(
    site: Path, says: Say, tmp_path: Path, old: str, new: str, verdict: str, code: str
) -> None:
    assert old in DECLARED
    found, codes, _ = outcome(site, says, tmp_path, DECLARED.replace(old, new))
    assert found == verdict
    assert code in codes


def test_a_certificate_for_another_range_breaks_the_indicator(site: Path, says: Say, tmp_path: Path) -> None:
    (site.parent / "cert.xml").write_bytes(dcc(unit=r"\percent", points="30 60 90"))
    verdict, codes, _ = outcome(site, says, tmp_path)
    assert (verdict, "instruments.certificate-range" in codes) == ("INVALID", True)


def test_a_damaged_machine_readable_certificate_is_no_certificate(site: Path, says: Say, tmp_path: Path) -> None:
    (site.parent / "cert.xml").write_bytes(dcc()[:1500])
    verdict, codes, _ = outcome(site, says, tmp_path)
    assert (verdict, "instruments.unreadable" in codes) == ("INVALID", True)


@pytest.mark.parametrize(
    ("kind", "verdict"), [("self-check", "PASS"), ("on-site", "INCONCLUSIVE"), ("third-party", "INCONCLUSIVE")]
)
def test_no_instrument_is_a_remark_for_oneself_and_a_lack_for_others(
    site: Path, says: Say, tmp_path: Path, kind: str, verdict: str
) -> None:
    found, codes, _ = outcome(site, says, tmp_path, "", kind)
    assert found == verdict
    assert "instruments.none-declared" in codes


def test_an_instrument_of_another_kind_or_for_another_indicator_does_not_serve(
    site: Path, says: Say, tmp_path: Path
) -> None:
    found, codes, _ = outcome(site, says, tmp_path, DECLARED.replace("kind: balance", "kind: ruler"))
    assert (found, "instruments.none-declared" in codes) == ("INCONCLUSIVE", True)


NONE = "    mandatory: true\n    instruments: {none: {zh: 只数不量, en: counted only}}\n"


def test_a_scenario_may_say_that_none_is_needed(site: Path, says: Say, tmp_path: Path) -> None:
    scenario = site.with_name("scales.scenario.yaml")
    scenario.write_text(scenario.read_text("utf-8").replace("    mandatory: true\n", NONE), encoding="utf-8")
    verdict, codes, agreed = outcome(site, says, tmp_path, "")
    assert (verdict, codes) == ("PASS", ["decide.conforms-proven"])
    (said,) = agreed["uninstrumented"]
    assert said["why"] == {"zh": "只数不量", "en": "counted only"}


@pytest.mark.parametrize(("kind", "expected"), [("self-check", "PASS"), ("third-party", "INCONCLUSIVE")])
def test_silence_about_instruments_is_told_and_proves_nothing_for_others(
    kind: str, expected: str, site: Path, says: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "measurand", lambda _name: domain.MEASURAND)
    verdict, codes, _ = outcome(site, says, tmp_path, "", kind)
    assert (verdict, "instruments.unsaid" in codes) == (expected, True)


def test_every_indicator_of_every_scenario_says_which_instruments_it_needs_or_why_none() -> None:
    silent = [
        each.id
        for found in installed_scenarios()
        for each in found.scenario.indicators
        if each.instrumented and not all(map(needed, each.readings))
    ]
    both = [
        each.id
        for found in installed_scenarios()
        for each in found.scenario.indicators
        if not each.instrumented and any(map(needed, each.readings))
    ]
    assert (silent, both) == ([], [])


def needed(reading: Reading) -> tuple[str, ...]:
    """The kinds of instrument that a reading's measurand needs."""
    found = installed.measurand(reading.measurand)
    return () if found is None else found.instruments


def test_a_second_party_that_signed_the_plan_has_read_what_no_program_can(
    site: Path, says: Say, tmp_path: Path
) -> None:
    declared = DECLARED.replace("file: cert.xml", "file: cert.pdf")
    text = site.read_text("utf-8").replace("kind: self-check", "kind: third-party")
    site.write_text(text + declared, encoding="utf-8")
    generate(tmp_path / "office")
    assert says("plan", site, "--seal")[0] == 0
    says("sign", site.with_name("scales.plan.json"), "--key", tmp_path / "office.ed25519.pem")
    assert says("run", site, "--plan", site.with_name("scales.plan.json"), "--out", tmp_path / "out")[0] == 0


def test_a_certificate_exchanged_in_the_bundle_is_a_defect(site: Path, says: Say, tmp_path: Path) -> None:
    outcome(site, says, tmp_path)
    kept = tmp_path / "scales.bundle" / "data/instruments/balance-1/cert.xml"
    kept.write_bytes(dcc(due="2099-01-01"))
    assert "evidence.certificate" in {each.code for each in verify(tmp_path / "scales.bundle").defects}


CHECK = """\
    check: {reference: 标准砝码, expected: 0 %, tolerance: 1 %, measurand: scales.heavy, statistic: share, source: {probe: scales.log, file: reference.log}}
"""


def test_a_reference_is_measured_before_and_after(site: Path, says: Say, tmp_path: Path) -> None:
    verdict, _, agreed = outcome(site, says, tmp_path, DECLARED + CHECK)
    assert verdict == "PASS"
    check = agreed["instruments"][0]["check"]
    assert (check["before"], check["after"], check["within"]) == ("0", "0", True)
    journal = (tmp_path / "scales.bundle/data/journal.jsonl").read_text("utf-8")
    assert (
        journal.index('"source":"before"')
        < journal.index('"indicator":"t09.heavy"')
        < journal.index('"source":"after"')
    )


def test_a_reading_outside_its_window_breaks_the_indicator(site: Path, says: Say, tmp_path: Path) -> None:
    verdict, codes, agreed = outcome(site, says, tmp_path, DECLARED + CHECK.replace("reference.log", "heavy.log"))
    assert (verdict, "instruments.check-outside" in codes) == ("INVALID", True)
    assert agreed["instruments"][0]["check"]["within"] is False


def test_a_reading_that_is_missing_leaves_the_verdict_open(site: Path, says: Say, tmp_path: Path) -> None:
    (site.parent / "reference.log").write_text("not a number\n", encoding="utf-8")
    verdict, codes, _ = outcome(site, says, tmp_path, DECLARED + CHECK)
    assert (verdict, "instruments.check-missing" in codes) == ("INCONCLUSIVE", True)


AGREED = "constants: {settling: {default: 1 s, stricter: longer, range: [1 s, 10 s]}}"


@pytest.mark.parametrize(("signed", "value"), [(False, "1 s"), (True, "3 s")])
def test_a_constant_that_has_to_be_agreed_counts_only_with_a_counter_signature(
    site: Path, says: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed: bool, value: str
) -> None:
    needing = replace(
        domain.MEASURAND,
        statistics={"share": f"{__name__}:share"},
        constants=(replace(domain.MEASURAND.constants[0], agreed=True),),
    )
    monkeypatch.setattr(installed, "measurand", lambda _name: needing)
    scenario = site.with_name("scales.scenario.yaml")
    scenario.write_text(scenario.read_text("utf-8").replace("    mandatory: true\n", f"    mandatory: true\n    {AGREED}\n"), encoding="utf-8")  # fmt: skip
    site.write_text(site.read_text("utf-8") + "declared: {t09.heavy: {settling: 3 s}}\n", encoding="utf-8")
    generate(tmp_path / "office")
    says("plan", site, "--seal")
    if signed:
        says("sign", site.with_name("scales.plan.json"), "--key", tmp_path / "office.ed25519.pem")
    assert says("run", site, "--plan", site.with_name("scales.plan.json"), "--out", tmp_path / "out")[0] == 0
    assert str(SEEN[0].constant("settling")) == value
    assert ("settling" in SEEN[0].agreed) == signed
    assert SEEN[0].settings_agreed == signed
    results = json.loads((tmp_path / "out/scales.bundle/data/results.json").read_bytes())
    remarks = [each["code"] for each in results["indicators"][0]["remarks"]]
    assert ("plan.constant-not-agreed" in remarks) != signed
    SEEN.clear()
    site.write_text(
        site.read_text("utf-8").replace("{file: scale.log}", "{file: scale.log, tare: 1}"), encoding="utf-8"
    )
    assert says("run", site, "--plan", site.with_name("scales.plan.json"), "--out", tmp_path / "moved")[0] == 0
    assert not SEEN[0].settings_agreed


def test_a_typed_uncertainty_is_the_line_of_a_paper_certificate() -> None:
    from harness.agreed.instruments import _typed
    from harness.quantity import Quantity
    from harness.spec.instruments import CertificateSpec, InstrumentSpec

    certificate = CertificateSpec("n", "l", None, None, "", Quantity.parse("0.2 %"), Fraction(2), None)
    spec = InstrumentSpec(
        "m", "k", "", "m", "s", (Quantity.parse("0 W"), Quantity.parse("5 kW")), "", certificate, (), None
    )
    line = next(iter(_typed(spec, certificate)))
    assert (line.unit, line.high, line.standard, line.relative) == ("W", 5000, Fraction(1, 1000), True)


def test_a_typed_uncertainty_does_not_take_the_place_of_what_a_dcc_does_not_say(
    site: Path, says: Say, tmp_path: Path
) -> None:
    (site.parent / "cert.xml").write_bytes(dcc(unit=r"\furlong"))
    verdict, _, _ = outcome(site, says, tmp_path, DECLARED.replace("file: cert.xml", "file: cert.xml, expanded: 0.1 %"))
    assert verdict == "PASS"
    assert SEEN[0].instrument("balance")[0].calibrations == ()


PAPER = DECLARED.replace("file: cert.xml", "file: cert.txt, expanded: 0.2 %")


@pytest.mark.parametrize(
    ("text", "found", "code"),
    [
        (TEXT, "PASS", ""),
        (TEXT.replace("0.2 %", "2 ‰"), "PASS", ""),
        (TEXT.replace("SN-42", "SN-421"), "INVALID", "instruments.not-in-text"),
        (TEXT.replace("0815", "0815/2"), "INVALID", "instruments.not-in-text"),
        (TEXT.replace("1月5日", "1月6日"), "INVALID", "instruments.not-in-text"),
        (TEXT.replace("0.2 %", "0.3 %"), "INCONCLUSIVE", "instruments.figures-not-in-text"),
        (TEXT.replace("0.2 %", "10.2 %"), "INCONCLUSIVE", "instruments.figures-not-in-text"),
        (TEXT.replace("k = 2", "k = 3"), "INCONCLUSIVE", "instruments.figures-not-in-text"),
        (TEXT.replace("（k = 2）", ""), "INCONCLUSIVE", "instruments.figures-not-in-text"),
    ],
    ids=["states-all", "another-unit", "longer-serial", "longer-number", "another-day", "another-U", "other-digits", "another-k", "no-k"],
)  # fmt: skip
def test_what_a_certificate_in_plain_text_does_not_say_is_not_typed_in(
    text: str, found: str, code: str, site: Path, says: Say, tmp_path: Path
) -> None:
    site.with_name("cert.txt").write_text(text, encoding="utf-8")
    verdict, codes, _ = outcome(site, says, tmp_path, PAPER)
    assert (verdict, [each for each in codes if each.startswith("instruments.")]) == (found, [code] if code else [])


@pytest.mark.parametrize(
    ("due", "stated", "found"),
    [
        ("2027-01-04", "", "PASS"),
        ("2036-01-04", "", "INCONCLUSIVE"),
        ("2036-01-04", "有效期至 2036.01.04", "PASS"),
    ],
)
def test_a_due_date_that_no_certificate_states_holds_for_a_year(
    due: str, stated: str, found: str, site: Path, says: Say, tmp_path: Path
) -> None:
    site.with_name("cert.txt").write_text(f"{TEXT}{stated}\n", encoding="utf-8")
    verdict, codes, _ = outcome(site, says, tmp_path, PAPER.replace("2027-01-04", due))
    assert (verdict, "instruments.due-not-stated" in codes) == (found, found != "PASS")


def test_one_instrument_under_two_names_is_uncertain(site: Path, says: Say, tmp_path: Path) -> None:
    entry = DECLARED.partition("\n")[2].replace("balance-1", "balance-2").replace("serial: SN-42", "serial: sn 42")
    verdict, codes, _ = outcome(site, says, tmp_path, DECLARED + entry)
    assert "instruments.doubled" in codes
    assert verdict != "PASS"


SPEC = InstrumentSpec(
    "b", "balance", "", "B-1", "S-1", None, "",
    CertificateSpec("N-1", "lab", date(2026, 1, 5), date(2026, 6, 30), "", None, Fraction(2), None), (), None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "codes"),
    [
        ((2026, 6, 1), (2026, 6, 30), []),
        ((2026, 6, 30), (2026, 6, 30), []),
        ((2026, 6, 30), (2026, 7, 1), ["instruments.expired"]),
        ((2026, 1, 4), (2026, 1, 6), ["instruments.not-yet"]),
        ((2026, 1, 5), (2026, 1, 6), []),
    ],
    ids=["before", "on-the-day", "due-within-the-test", "calibrated-within-the-test", "calibrated-that-day"],
)
def test_a_certificate_holds_from_the_first_to_the_last_day_of_a_test(
    first: tuple[int, int, int], last: tuple[int, int, int], codes: list[str]
) -> None:
    days = (date(*first), date(*last))
    (state,) = instruments.states([SPEC], {}, days, seen=True, checks={})
    assert [each.code for each in state.reasons if each.code in {"instruments.expired", "instruments.not-yet"}] == codes
    now = instruments.states([SPEC], {}, (date(2026, 3, 1), date(2026, 3, 1)), seen=True, checks={})
    older = instruments.in_date(Bench(now), "x", ["balance"], days)
    assert [each.code for each in older] == codes


def test_data_older_than_the_campaign_need_an_instrument_that_held_then() -> None:
    states = instruments.states([SPEC], {}, (date(2026, 3, 1), date(2026, 3, 1)), seen=True, checks={})
    scenario = installed_scenarios()[0].scenario
    indicator = replace(scenario.indicators[0], id="x")
    held = Holding(bench=Bench(tuple(replace(each, spec=replace(each.spec, indicators=("x",))) for each in states)))
    criterion = Criterion(indicator.default_reading, None, indicator.rule, indicator.confidence)
    before = int(datetime(2025, 12, 1, tzinfo=UTC).timestamp() * 1e9)
    assert [each.code for each in held.in_date(indicator, criterion, (before, before))] == ["instruments.not-yet"]
    assert held.in_date(indicator, criterion, None) == ()


def test_every_kind_of_instrument_that_a_measurand_needs_is_called_by_a_word() -> None:
    kinds = {kind for name in installed.names(MEASURANDS) for kind in installed.measurand(name).instruments}
    assert {"network-tester", "photon-meter"} <= kinds
    assert not {kind for kind in kinds if f"kind-{kind}" not in instruments.WORDS.entries}
