# SPDX-License-Identifier: Apache-2.0
"""What every scenario file keeps to, by a walk over all of them; the expected list is written by hand from the design."""

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from harness.model import Indicator, Kind, Reading, Rule, Scenario, Text
from harness.quantity import Limit, Quantity
from harness.spec import installed_scenarios

SCENARIOS = [each.scenario for each in installed_scenarios()]
INDICATORS = {each.id: each for scenario in SCENARIOS for each in scenario.indicators}

# id, kind, when its verdict counts, readings (the default first)
EXPECTED = """
s01.nodes                        measured  mandatory    proven-5g proven-5g-nsa at-once over-campaign
s01.latency                      measured  mandatory    rtt-p99 rtt-p99-system owd-p99 rtt-mean rtt-p999 share-within
s01.dropout                      measured  mandatory    offline-time offline-time-pool session-ratio session-ratio-system per-session-hour operator-counters drive-test operator-retainability
s01.loss                         measured  if-limited   loss-ratio
s01.availability                 measured  if-limited   time-available time-between-failures
s01.ipv6                         measured  informative  share-answering
s01.loop                         measured  informative  loop-p99
s01.demos                        audited   mandatory    accepted-rows
s02.demos                        audited   mandatory    accepted-rows
s02.exchange                     measured  mandatory    none-lost share-whole
s02.exchange.delay               measured  if-limited   delay-p95
s02.mobility.interruption        measured  if-limited   longest interruption-p95
s02.mobility.latency             measured  if-limited   rtt-p99
s02.mobility.loss                measured  if-limited   loss-ratio
s02.ipv6                         measured  informative  share-answering
s03.components                   measured  mandatory    by-type by-globalid by-leaves by-signature
s03.components.ip                audited   mandatory    owned-components
s03.quality                      audited   mandatory    coverage
s03.cloud                        audited   mandatory    lesser-share by-item by-bytes
s03.changes                      audited   mandatory    rate-ratio paired-projects
s03.adopters                     audited   mandatory    accepted-rows
s03.adopters.wuhan               audited   mandatory    accepted-rows-wuhan
s04.visual                       measured  mandatory    shown-live listed
s04.networked                    measured  mandatory    fresh-own-data session-up
s04.alarm                        measured  mandatory    right-alarm rule-configured
s04.adopters                     audited   mandatory    accepted-rows
s04.adopters.wuhan               audited   mandatory    accepted-rows-wuhan
s05.solutions                    audited   mandatory    distinct-by-both distinct-by-name
s05.solutions.called             measured  mandatory    answering-entries
s05.algorithms                   audited   mandatory    distinct-by-both distinct-by-name
s05.algorithms.called            measured  mandatory    answering-entries
s05.enterprises                  audited   mandatory    accepted-rows
s05.enterprises.wuhan            audited   mandatory    accepted-rows-wuhan
s05.service.ttft                 measured  if-limited   ttft-p95 ttft-p95-from-arrival ttft-p95-service
s05.service.itl                  measured  if-limited   itl-p95 longest-pause-p95
s05.service.throughput           measured  if-limited   tokens-per-second
s05.service.errors               measured  if-limited   error-ratio
s05.service.availability         measured  if-limited   time-share
s05.service.goodput              measured  if-limited   within-objective within-objective-service
s05.service.capacity             measured  if-limited   largest-proven
s06.demos                        audited   mandatory    accepted-rows
s06.cost                         audited   mandatory    by-line-paired by-line-geometric each-line by-period
s06.efficiency                   audited   mandatory    by-line-paired each-line by-period
s06.adopters                     audited   mandatory    accepted-rows
s06.adopters.wuhan               audited   mandatory    accepted-rows-wuhan
s07.terminals                    audited   mandatory    accepted-terminals
s07.terminals.live               measured  mandatory    seen-terminals
s07.tops                         measured  mandatory    sustained-int8 rated-peak-confirmed
s07.efficiency                   measured  mandatory    platform-input chip-rail
s07.demos                        audited   mandatory    accepted-rows
s07.demos.cover                  audited   mandatory    set-cover
s07.adopters                     audited   mandatory    accepted-rows
s08.dynamic.h                    measured  mandatory    rms rms-window p95 iso17123
s08.dynamic.v                    measured  mandatory    rms rms-window p95 iso17123
s08.static.h                     measured  mandatory    rms rms-window p95 session-mean iso17123
s08.static.v                     measured  mandatory    rms rms-window p95 session-mean iso17123
s08.fix-rate                     measured  informative  fixed-share fixed-share-process
s08.ttff                         measured  informative  ttff-p95
s08.refix                        measured  informative  refix-p95
s08.age                          measured  informative  age-p95
s08.gaps                         measured  informative  longest-gap
s08.availability                 measured  informative  time-share time-share-process
s08.timing                       measured  if-applied   offset-p95 mtie tdev
s08.domain                       attested  mandatory    attested-industries
s09.nodes                        measured  mandatory    proven-organisations proven-nodes
s09.records                      measured  mandatory    distinct-records matched-off-chain transactions
s09.records.offchain             measured  if-limited   share-agreeing
s09.entities                     audited   mandatory    accepted-rows
s09.sm                           measured  mandatory    sm3-and-sm2 certificates tlcp
s09.sm.privacy                   audited   mandatory    accepted-mechanisms
s09.liveness                     measured  informative  finality-p95
s09.liveness.fault               measured  informative  blocks-while-down
s10.points                       audited   mandatory    accepted-rows
s10.points.live                  measured  mandatory    answering-points
s10.experience.frame-time        measured  if-limited   frame-time-p99
s10.experience.on-time           measured  if-limited   share-72-hz share-30-hz
s10.experience.stutter           measured  if-limited   long-frames
s10.experience.motion-to-photon  measured  if-limited   delay-p95
s10.experience.interactive       measured  if-limited   interactive-p95
s10.domain                       attested  mandatory    attested-industries
p01.pue.new                      measured  if-applied   annual interim characteristic-conditions
p01.pue.large                    measured  if-applied   annual interim characteristic-conditions
p01.utilisation                  measured  mandatory    racks-under-load computing-time
p02.enterprises                  audited   mandatory    accepted-rows
p02.registrations                audited   mandatory    distinct-new
p02.registrations.live           measured  if-limited   share-resolving
p02.resolutions                  audited   mandatory    daily-mean without-own-tests
p03.enterprises                  audited   mandatory    accepted-rows
p03.devices                      measured  mandatory    fresh-own-data registered
p04.latency                      measured  mandatory    owd-p99 rtt-p99 owd-mean
p05.processes                    audited   mandatory    by-process by-company by-output
p05.design-tools                 audited   mandatory    companies-using
p05.bim                          audited   mandatory    by-project by-floor-area
p05.sites                        audited   mandatory    all-sites
"""

# Which numeral of a clause with several of them the indicator is about (0 is the first).
NUMERAL = {
    "s03.adopters.wuhan": (1, "the clause gives the total first, then Wuhan's part"),
    "s04.adopters.wuhan": (1, "the clause gives the total first, then Wuhan's part"),
    "s05.enterprises.wuhan": (1, "the clause gives the total first, then Wuhan's part"),
    "s06.adopters.wuhan": (1, "the clause gives the total first, then Wuhan's part"),
    "s05.algorithms": (1, "solutions first, then algorithms"),
    "s05.algorithms.called": (1, "solutions first, then algorithms"),
    "s08.dynamic.h": (0, "dynamic horizontal, dynamic vertical, static horizontal, static vertical"),
    "s08.dynamic.v": (1, "dynamic horizontal, dynamic vertical, static horizontal, static vertical"),
    "s08.static.h": (2, "dynamic horizontal, dynamic vertical, static horizontal, static vertical"),
    "s08.static.v": (3, "dynamic horizontal, dynamic vertical, static horizontal, static vertical"),
    "p03.devices": (1, "companies first, then devices"),
    "p05.processes": (0, "the clause says 分别: processes first, then design tools"),
    "p05.design-tools": (1, "the clause says 分别: processes first, then design tools"),
}
# Limits on clauses without that number in digits.
UNWRITTEN = {
    "s02.exchange": ("<= 0 条", "the clause asks that data flow; a record lost or changed has not"),
    "s07.demos.cover": (">= 4 项", "the clause names four conditions"),
    "s08.domain": (">= 1 个", "三大行业之一: one of three industries"),
    "s09.sm": (">= 100 %", "支持国密 without exception: every block"),
    "s09.sm.privacy": (">= 1 项", "the clause asks for a mechanism, one at least"),
    "s10.domain": (">= 1 个", "三大行业之一: one of three industries"),
}
# Units that the clause does not write behind the numeral.
UNIT = {
    "p01.pue.new": "a ratio without a unit",
    "p01.pue.large": "a ratio without a unit",
    "p02.registrations": "注册量 counts identifiers, 个",
    "p02.resolutions": "日均解析量 is a number per day",
}
# Directions that no word of the clause says.
DIRECTION = dict.fromkeys(
    ("s08.dynamic.h", "s08.dynamic.v", "s08.static.h", "s08.static.v"),
    "达到 with an accuracy: an error, so an upper limit",
)
# Readings that ask in another unit than the clause.
OWN_LIMIT = {
    ("s01.latency", "share-within"): (">= 99.9 %", "the share that the 99.9th percentile would leave within 2 ms"),
    ("s01.dropout", "per-session-hour"): ("<= 0.0005 /h", "0.05 % with a session-hour taken as one session"),
    ("s01.dropout", "operator-retainability"): ("<= 0.0005 /h", "the same share, as the operator counts"),
    ("s02.exchange", "share-whole"): (">= 100 %", "no record lost, as a share"),
}

NAMES = re.compile(r"5G|L3|IPv6")
_NUMERAL = re.compile(r"(\d+(?:\.\d+)?[万亿]?)")
WORDS = {
    "不少于": ">=", "不低于": ">=", "不小于": ">=", "不高于": "<=", "高于": ">", "超过": ">",
    "降至": "<=", "降到": "<=", "降低": ">=", "下降": ">=", "提升": ">=", "达到": ">=", "达": ">=", "实现": ">=",
}  # fmt: skip
UNIT_WORDS = {"cm": "CM", "ms": "ms|毫秒"}
DOMAINS = {
    "network",
    "gnss",
    "compute",
    "chain",
    "plant",
    "register",
    "bim",
    "health",
    "service",
    "immersive",
    "change",
}
"""The folders of probes/ (one a domain)."""
AUDITED = {"immersive.points"}
"""Registers of a domain's own: what proves a row, a photograph and an operating log, is read there."""
PARAMETERS = {
    "q", "lost", "threshold", "window", "silent_after", "waiting_time", "interruption_over", "mode", "interval",
    "where", "by", "population", "of", "design", "precision", "dense", "plane", "require", "live", "fresh_periods",
    "rate", "periods", "period", "without", "survival_time", "transfer_interval", "fleet", "load", "link", "apart", "sessions", "share", "between", "nsa",
    "session", "min_fix_rate", "min_beidou_share", "max_damaged", "min_compared", "min_moving", "min_speed", "min_turn",
    "from", "operated", "within", "quiet", "driven",
}  # fmt: skip
CJK = re.compile(r"[㐀-鿿]")
PLAIN_ENGLISH = re.compile(r"[\x20-\x7eµ“”’–§]+")


def when(indicator: Indicator) -> str:
    """When the indicator's verdict counts, as EXPECTED writes it."""
    if indicator.mandatory_if_limited:
        return "if-limited"
    if not indicator.mandatory:
        return "informative"
    return "if-applied" if indicator.applies_if else "mandatory"


def sentences(scenario: Scenario) -> list[tuple[str, Text]]:
    """Every text of a scenario that a person reads, with its place."""
    found = [("title", scenario.title), ("field", scenario.field)]
    for each in scenario.indicators:
        found.append((f"{each.id} title", each.title))
        found += [(f"{each.id} evidence", text) for text in each.evidence]
        found += [(f"{each.id} note", each.note)] if each.note.zh else []
        for reading in each.readings:
            found.append((f"{each.id} {reading.name} title", reading.title))
            found += [(f"{each.id} {reading.name} why", reading.why)] if reading.why.zh else []
    return found


def numerals(clause: str) -> list[tuple[str, str, str]]:
    """(text before, numeral, text after) for every numeral of the clause that is not part of a name like 5G."""
    text = NAMES.sub("", re.sub(r"\s+", "", clause))
    return [(text[: match.start()], match[1], text[match.end() :]) for match in _NUMERAL.finditer(text)]


def own_numeral(indicator: Indicator) -> tuple[str, str, str]:
    found = numerals(indicator.clause.text)
    if indicator.id in NUMERAL:
        return found[NUMERAL[indicator.id][0]]
    (only,) = found
    return only


def direction(before: str, after: str) -> str:
    """The operator that the words around a numeral say; 以上 and 以下 include the number itself."""
    following = re.split(r"[，,、；]|\d", after)[0]
    if "以下" in following or "以上" in following:
        return "<=" if "以下" in following else ">="
    said = re.findall("|".join(WORDS), before)
    return WORDS[said[-1]]


def readings() -> list[tuple[Indicator, Reading]]:
    return [(each, reading) for each in INDICATORS.values() for reading in each.readings]


def limited() -> list[Indicator]:
    return [each for each in INDICATORS.values() if each.limit is not None]


def test_exactly_the_indicators_of_the_design_are_there_with_kind_weight_and_readings() -> None:
    found = [
        " ".join(
            [
                each.id,
                each.kind,
                when(each),
                each.default_reading.name,
                *(one.name for one in each.readings if not one.default),
            ]
        )
        for each in INDICATORS.values()
    ]
    assert sorted(found) == sorted(" ".join(line.split()) for line in EXPECTED.strip().splitlines())


def test_every_scenario_and_policy_pack_is_installed_once() -> None:
    expected = [f"p{number:02}" for number in range(1, 6)] + [f"s{number:02}" for number in range(1, 11)]
    assert sorted(each.id for each in SCENARIOS) == expected


def disagreement(indicator: Indicator) -> str:
    """How the limit differs from the words of the clause; empty when they agree."""
    assert indicator.limit is not None
    if indicator.id in UNWRITTEN:
        return "" if str(indicator.limit) == UNWRITTEN[indicator.id][0] else "not the limit of the table"
    before, numeral, after = own_numeral(indicator)
    unit = indicator.limit.quantity.unit
    if indicator.limit.quantity.value != Quantity.parse(numeral).value:
        return f"the clause says {numeral}"
    if indicator.id not in UNIT and not re.match(UNIT_WORDS.get(unit, re.escape(unit)), after):
        return f"{unit} does not stand behind {numeral}"
    if indicator.id not in DIRECTION and indicator.limit.op != direction(before, after):
        return f"the clause says {direction(before, after)}"
    return ""


@pytest.mark.parametrize("indicator", limited(), ids=lambda each: each.id)
def test_the_limit_is_the_number_of_the_clause_exactly(indicator: Indicator) -> None:
    assert disagreement(indicator) == ""


@pytest.mark.parametrize(
    ("identifier", "wrong"),
    [
        ("s01.latency", "<= 20 ms"),
        ("s01.latency", "<= 2 s"),
        ("s01.latency", "< 2 ms"),
        ("s01.dropout", "<= 0.5 %"),
        ("s03.cloud", ">= 80 %"),
        ("s03.changes", "<= 15 %"),
        ("s08.static.v", "<= 4 cm"),
        ("s09.records", ">= 1 万条"),
        ("p01.pue.new", ">= 1.4"),
        ("p03.enterprises", ">= 200 家"),
        ("p04.latency", ">= 2 ms"),
    ],
)
def test_a_limit_that_differs_from_the_clause_is_noticed(identifier: str, wrong: str) -> None:
    assert disagreement(replace(INDICATORS[identifier], limit=Limit.parse(wrong)))


def test_limits_without_digits_in_the_clause_have_none_there() -> None:
    for identifier in UNWRITTEN:
        found = numerals(INDICATORS[identifier].clause.text)
        assert not found or identifier == "s07.demos.cover", "its clause counts the demonstrations, not the conditions"


def test_exceptions_are_needed_and_belong_to_indicators_that_exist() -> None:
    assert set(NUMERAL) | set(UNWRITTEN) | set(UNIT) | set(DIRECTION) <= set(INDICATORS)
    for identifier in NUMERAL:
        assert len(numerals(INDICATORS[identifier].clause.text)) > 1, identifier
    for identifier in DIRECTION:
        before, _, after = own_numeral(INDICATORS[identifier])
        limit = INDICATORS[identifier].limit
        assert limit is not None
        assert direction(before, after) != limit.op, identifier


def test_readings_with_a_limit_of_their_own_are_the_listed_ones() -> None:
    found = {(each.id, reading.name): str(reading.limit) for each, reading in readings() if reading.limit}
    assert found == {key: limit for key, (limit, _) in OWN_LIMIT.items()}


def test_no_reading_of_drop_outs_speaks_of_packet_loss_and_none_of_loss_of_drop_outs() -> None:
    kinds = {
        "network.dropout": ("丢包", "packet"),
        "network.kpi": ("丢包", "packet"),
        "network.loss": ("掉线", "drop-out"),
    }
    seen = set()
    for indicator, reading in readings():
        if reading.measurand in kinds:
            seen.add((reading.measurand, reading.statistic))
            zh, en = kinds[reading.measurand]
            assert zh not in reading.title.zh + reading.why.zh, f"{indicator.id} {reading.name}"
            assert en not in (reading.title.en + reading.why.en).lower(), f"{indicator.id} {reading.name}"
    four = {("network.kpi", name) for name in ("counter-ratio", "drive-test", "retainability")}
    assert seen >= four | {("network.dropout", name) for name in ("session-ratio", "offline-time", "sessions-per-hour")}


def test_the_session_hour_limit_is_the_clause_s_share() -> None:
    indicator = INDICATORS["s01.dropout"]
    own = indicator.reading("per-session-hour").limit
    assert own is not None
    assert indicator.limit is not None
    assert own.quantity.to("/h") == indicator.limit.quantity.to("1") == Fraction(1, 2000)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
def test_every_text_is_prose_in_both_languages(scenario: Scenario) -> None:
    for place, text in sentences(scenario):
        assert CJK.search(text.zh), f"{place}: no Chinese in {text.zh!r}"
        assert PLAIN_ENGLISH.fullmatch(text.en), f"{place}: {text.en!r}"
        assert text.en[0].isupper() or text.en[0].isdigit(), f"{place}: {text.en!r} does not begin like a sentence"
        assert "…" not in text.zh + text.en, place
        assert "TODO" not in text.zh + text.en, place


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
def test_reasons_and_notes_are_whole_sentences(scenario: Scenario) -> None:
    for place, text in sentences(scenario):
        if place.endswith((" why", " note")):
            assert len(text.zh) >= 12, place
            assert len(text.en) >= 40, place
            assert text.zh.endswith("。"), place
            assert text.en.endswith("."), place


def test_every_reading_of_an_open_clause_says_why_somebody_would_choose_it() -> None:
    silent = [(each.id, reading.name) for each, reading in readings() if len(each.readings) > 1 and not reading.why.zh]
    assert not silent


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda each: each.id)
def test_the_kind_of_proof_fits_the_measurand(indicator: Indicator) -> None:
    for reading in indicator.readings:
        domain, _, noun = reading.measurand.partition(".")
        assert domain in DOMAINS
        assert (domain in {"register", "change"} or reading.measurand in AUDITED) is (
            indicator.kind is not Kind.MEASURED
        )
        assert (noun == "attested") is (indicator.kind is Kind.ATTESTED)


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda each: each.id)
def test_an_indicator_has_a_limit_or_says_where_it_comes_from(indicator: Indicator) -> None:
    if indicator.mandatory and indicator.limit is None:
        assert indicator.limits_from == "profile"
        assert indicator.applies_if
    if not indicator.mandatory:
        assert indicator.limit is None
        assert (indicator.limits_from == "profile") is indicator.mandatory_if_limited


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda each: each.id)
def test_every_bound_is_guarded_at_95_percent(indicator: Indicator) -> None:
    assert indicator.rule is Rule.GUARDED
    assert indicator.confidence == Fraction(95, 100)


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda each: each.id)
def test_readings_differ_in_what_they_compute(indicator: Indicator) -> None:
    computed = [
        (each.measurand, each.statistic, each.about, sorted(each.parameters.items(), key=str))
        for each in indicator.readings
    ]
    assert len({str(each) for each in computed}) == len(computed)


def test_parameters_are_known_words_and_quantities_are_written_with_units() -> None:
    for indicator, reading in readings():
        assert set(reading.parameters) <= PARAMETERS, f"{indicator.id} {reading.name}"
        for name in {"q", "threshold", "silent_after", "waiting_time", "interruption_over", "interval", "rate"} & set(
            reading.parameters
        ):
            assert Quantity.parse(str(reading.parameters[name])).unit != "1", f"{indicator.id} {reading.name} {name}"


def test_quantiles_name_their_level_and_live_streams_count_what_was_lost() -> None:
    for indicator, reading in readings():
        if reading.statistic == "quantile":
            assert Fraction(1, 2) < Quantity.parse(str(reading.parameters["q"])).base < 1, indicator.id
        if reading.measurand in {"network.rtt", "network.owd"} and reading.statistic != "mean":
            assert reading.parameters["lost"] == "over-limit", f"{indicator.id} {reading.name} forgets lost packets"


def test_a_share_within_uses_the_clause_s_own_threshold() -> None:
    latency = INDICATORS["s01.latency"]
    assert latency.limit is not None
    threshold = Quantity.parse(str(latency.reading("share-within").parameters["threshold"]))
    assert threshold == latency.limit.quantity


def test_compound_requirements_share_one_clause_and_end_in_wuhan() -> None:
    for identifier, indicator in INDICATORS.items():
        if identifier.endswith(".wuhan"):
            whole = INDICATORS[identifier.removesuffix(".wuhan")]
            assert re.sub(r"\s", "", whole.clause.text) in re.sub(r"\s", "", indicator.clause.text)
            assert indicator.default_reading.parameters == {"where": "wuhan"}
            assert whole.default_reading.parameters == {}


def test_ids_are_unique_over_all_files() -> None:
    counted = Counter(each.id for scenario in SCENARIOS for each in scenario.indicators)
    assert counted.most_common(1)[0][1] == 1
