# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse assets``: registers, drills and captures, in whatever words people write them."""

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from probes.plant.simulators import encoding
from tests.probes.plant.conftest import Analysed, codes
from tests.probes.plant.plants import Wire, said, table

KEYS = ["path", "assets", "networked", "visualised", "key_assets", "covered", "alarm_delay_ms", "events"]
REGISTER = "资产编号,关键设备,MQTT主题,可视化监测\nA1,是,p/A1,是\nA2,是,p/A2,否\nA3,否,,是\n"
EVENTS = "资产编号,注入时刻_ms\nA1,1700000035000\nA2,1700000040000\n"
ALARMS = "资产编号,告警时刻_ms,级别\nA1,1700000035500,高\nA2,1700000041000,高\n"


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["a", "b"])
def test_the_reference_registers_are_reproduced(name: str, shared_data, analysed: Analysed) -> None:
    folder = shared_data("ecosystem", f"register_{name}")
    expected = json.loads(shared_data("ecosystem", "expected.json").read_text())[f"assets_{name}"]
    drill = ("--events", folder / "injected_events.csv", "--alarms", folder / "alarm_log.csv")
    code, found, _ = analysed("assets", folder / "asset_register.csv", *drill, "--deadline", "5s")
    assert code == 0
    assert list(found) == KEYS
    for key in ("assets", "networked", "visualised", "key_assets", "covered"):
        assert found[key] == expected[key]
    delays = found["alarm_delay_ms"]
    assert (delays["p50"], delays["max"]) == (
        expected["alarm_latency_ms_median"],
        expected["alarm_latency_ms_max_covered"],
    )
    assert delays["p50"] <= delays["p95"] <= delays["max"]


@pytest.mark.shared_data
def test_a_workbook_with_a_title_above_its_head_says_the_same(shared_data, analysed: Analysed, tmp_path: Path) -> None:
    rows = shared_data("ecosystem", "register_a", "asset_register.csv").read_text("utf-8-sig").splitlines()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["某厂资产登记表（签认）"])
    sheet.merge_cells("A1:E1")
    for row in rows:
        sheet.append(row.split(","))
    book.save(tmp_path / "assets.xlsx")
    _, found, _ = analysed("assets", tmp_path / "assets.xlsx")
    assert (found["assets"], found["networked"], found["visualised"], found["key_assets"]) == (400, 356, 347, 158)


@pytest.mark.parametrize("encoding_", ["utf-8-sig", "gb18030", "utf-16"])
def test_figures_are_null_without_their_source(encoding_: str, analysed: Analysed, tmp_path: Path) -> None:
    path = write(tmp_path, "r.csv", REGISTER.encode(encoding_))
    _, found, _ = analysed("assets", path)
    assert (found["assets"], found["networked"], found["visualised"], found["key_assets"]) == (3, 2, 2, 2)
    assert (found["covered"], found["alarm_delay_ms"]) == (None, None)
    _, found, _ = analysed("assets", write(tmp_path, "bare.csv", "asset_id,type\nA1,pump\n"))
    assert [found[key] for key in KEYS[2:7]] == [None] * 5
    _, found, _ = analysed("assets", path, "--events", write(tmp_path, "e.csv", EVENTS))
    assert found["covered"] is None
    assert "plant.half-a-drill" in codes(found)


@pytest.mark.parametrize(
    "head",
    [
        "Asset ID,Critical,MQTT topic,Visualised",
        "asset_id,is_critical,mqtt_topic,visual_monitoring",
        "device-id;key_asset;data topic;Is Visualized",
        "AssetID\tCritical equipment\tTopic\tShown",
    ],
)
def test_english_heads_and_words_say_the_same(head: str, analysed: Analysed, tmp_path: Path) -> None:
    mark = next((each for each in ";\t" if each in head), ",")
    english = f"{head}\nA1,Yes,p/A1,TRUE\nA2,y,p/A2,no\nA3,No,n/a,1\n".replace(",", mark)
    _, found, _ = analysed("assets", write(tmp_path, "r.csv", english))
    assert (found["assets"], found["networked"], found["visualised"], found["key_assets"]) == (3, 2, 2, 2)


def test_a_platforms_own_flag_is_no_evidence(analysed: Analysed, tmp_path: Path) -> None:
    _, found, _ = analysed("assets", write(tmp_path, "r.csv", "设备编号,在线状态\nA1,在线\nA2,在线\n"))
    assert found["networked"] is None
    assert "plant.flag-is-no-evidence" in codes(found)


@pytest.mark.parametrize(
    ("rows", "expected", "event"),
    [
        ("A1,是,p/A1,是\nA1,是,p/A1,是\n", (1, 1, 1, 1), "asset-twice"),
        ("A1,是,p/A1,是\n ａ１ ,否,p/A1,否\n", (1, 1, 0, 1), "asset-twice"),
        ("A1,是,p/A1,是\nA2,是,p/A1,是\n", (2, 1, 2, 2), "shared-address"),
        ("A1,是,p/A1,是\n,是,p/A2,是\n", (2, 2, 2, 2), "unclear-number"),
        ("1.23457E+11,是,p/A1,是\n1.23457E+11,是,p/A2,是\n", (2, 2, 2, 2), "unclear-number"),
        ("A1,也许,p/A1,是\n", (1, 1, 1, 1), "unclear-key"),
        ("A1,,p/A1,是\n", (1, 1, 1, 1), "unclear-key"),
        ("A1,否,p/A1,大概\n", (1, 1, 0, 0), "unclear-visual"),
        ("A1,否,p/A1,\n", (1, 1, 0, 0), "unclear-visual"),
        ("A1,否,—,是\nA2,否,无,是\n", (2, 0, 2, 0), "listed-only"),
        ("A1,是,p/A1,是\n合计,1,,1\n", (1, 1, 1, 1), "listed-only"),
    ],
)
def test_what_is_not_clear_counts_against_and_is_told(
    rows: str, expected: tuple[int, ...], event: str, analysed: Analysed, tmp_path: Path
) -> None:
    head = "资产编号,关键设备,MQTT主题,可视化监测\n"
    _, found, _ = analysed("assets", write(tmp_path, "r.csv", head + rows))
    assert (found["assets"], found["networked"], found["visualised"], found["key_assets"]) == expected
    assert f"plant.{event}" in codes(found)


def test_two_columns_of_one_meaning_that_differ_count_against(analysed: Analysed, tmp_path: Path) -> None:
    rows = "A1,否,是,p/A1,是,否\nA2,否,否,p/A2,是,是\nA3,否,,p/A3,是,是\n"
    text = "资产编号,关键设备,是否关键,MQTT主题,可视化监测,可视化\n" + rows
    _, found, _ = analysed("assets", write(tmp_path, "r.csv", text))
    assert (found["assets"], found["visualised"], found["key_assets"]) == (3, 2, 2)
    assert {"plant.unclear-key", "plant.unclear-visual"} <= codes(found)


def test_a_period_longer_than_anybody_listened_excuses_no_silence(analysed: Analysed, tmp_path: Path) -> None:
    rows = [("stale", "p/stale", "365 d"), ("healthy", "p/healthy", "30 s")]
    register = write(tmp_path, "r.csv", table(("asset", "topic", "period"), rows))
    _, found, _ = analysed("assets", register, "--capture", plant(tmp_path))
    assert found["networked"] == 1
    assert "plant.state-stale" in codes(found)


@pytest.mark.parametrize(
    ("head", "word"),
    [
        ("备注", "已报废"),
        ("备注", "2024年停用"),
        ("状态", "报废"),
        ("运行状态", "检修"),
        ("运行状态", ""),
        ("报废日期", "2025-01-03"),
        ("是否报废", "是"),
        ("Remarks", "withdrawn"),
        ("附加", "作废"),
    ],
)
def test_a_row_that_is_taken_back_stays_in_the_denominator_and_proves_nothing(
    head: str, word: str, analysed: Analysed, tmp_path: Path
) -> None:
    yes = "" if "报废" in head else "正常"
    text = f"资产编号,关键设备,MQTT主题,可视化监测,{head}\nA1,是,p/A1,是,{yes}\nA2,是,p/A2,是,{word}\n"
    paths = [write(tmp_path, name, text) for name, text in (("r.csv", text), ("e.csv", EVENTS), ("a.csv", ALARMS))]
    _, found, _ = analysed("assets", paths[0], "--events", paths[1], "--alarms", paths[2])
    assert [found[key] for key in KEYS[1:6]] == [2, 1, 1, 2, 1]
    assert "plant.unclear-row" in codes(found)


def test_a_hidden_or_struck_row_stays_in_the_denominator_and_proves_nothing(analysed: Analysed, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in REGISTER.splitlines():
        book.active.append(row.split(","))
    book.active.row_dimensions[2].hidden = True
    book.active["A3"].font = openpyxl.styles.Font(strike=True)
    book.save(tmp_path / "r.xlsx")
    _, found, _ = analysed("assets", tmp_path / "r.xlsx")
    assert [found[key] for key in KEYS[1:5]] == [3, 0, 1, 2]
    assert "plant.unclear-row" in codes(found)


def test_a_total_that_the_rows_do_not_give_is_refused(analysed: Analysed, tmp_path: Path) -> None:
    code, _, told = analysed("assets", write(tmp_path, "r.csv", REGISTER + "合计,400,,\n"))
    assert code == 4
    assert "total" in told


@pytest.mark.parametrize(
    ("events", "alarms", "covered", "event"),
    [
        (EVENTS, ALARMS, 2, None),
        (EVENTS, ALARMS.replace("1700000041000", "1700000045001"), 1, "alarm-late"),
        (EVENTS, ALARMS.replace("1700000041000", "1700000045000"), 2, None),
        (EVENTS, ALARMS.replace("1700000041000", "1700000039999"), 1, "alarm-early"),
        (EVENTS, ALARMS + "A2,1700000036000,高\n", 1, "alarm-early"),
        (EVENTS, ALARMS + "A2,1700000036000,哦\n", 1, "alarm-early"),
        (EVENTS + "A2,1700000043000\n", ALARMS + "A2,1700000043500,高\n", 2, None),
        (EVENTS, "资产编号,告警时刻_ms,备注\nA1,1700000035500,\nA2,1700000041000,测试数据\n", 1, "unclear-alarm"),
        ("资产编号,注入时刻_ms,备注\nA1,1700000035000,\nA2,1700000040000,已作废\n", ALARMS, 1, "unclear-event"),
        (EVENTS, "资产编号,告警时刻_ms,来源\nA1,1700000035500,\nA2,1700000041000,人工补录\n", 1, "unclear-alarm"),
        (EVENTS, ALARMS.replace("A2", "A9"), 1, "alarm-without-event"),
        (EVENTS + "A2,1700000041500\n", ALARMS, 1, "missed"),
        (EVENTS + "A2,1700000040000\n", ALARMS + "A2,1700000041000,高\n", 2, None),
        (EVENTS, ALARMS.replace("1700000041000,高", "1700000041000,恢复"), 1, "missed"),
        (EVENTS, ALARMS.replace("1700000041000,高", "1700000041000,哦"), 1, "unclear-alarm"),
        (EVENTS, ALARMS.replace("1700000041000,高", "1700000041000,"), 1, "unclear-alarm"),
        (EVENTS.replace("A2", "A3"), ALARMS, 1, "key-without-event"),
        (
            "资产编号,注入时刻_ms,类型\nA1,1700000035000,注入\nA1,1700000030000,静默对照\nA2,1700000040000,注入\n",
            ALARMS + "A1,1700000031000,高\n",
            1,
            "alarm-in-quiet",
        ),
        (
            "资产编号,注入时刻_ms,类型\nA1,1700000035000,注入\nA1,1700000030000,静默对照\nA2,1700000040000,注入\n",
            ALARMS + "A1,1700000031000,哦\n",
            1,
            "alarm-in-quiet",
        ),
        (
            "资产编号,注入时刻_ms,参量\nA1,1700000035000,温度越限\nA2,1700000040000,压力越限\n",
            "资产编号,告警时刻_ms,内容\nA1,1700000035500,温度过高告警\nA2,1700000041000,温度过高告警\n",
            1,
            "alarm-wrong",
        ),
        (
            "asset,injected at (ms),event id\nA1,1700000035000,E1\nA2,1700000040000,E2\n",
            "asset,alarm time (s),event id\nA1,1700000035.5,E1\nA2,1700000041,E7\n",
            1,
            "alarm-wrong",
        ),
        (
            "asset,injected at\nA1,2023-11-14T22:13:55Z\nA2,2023-11-15T06:14:00+08:00\n",
            "asset,alarm time\nA1,2023-11-14 22:13:55.500Z\nA2,2023-11-14T22:14:01Z\n",
            2,
            None,
        ),
        (
            "asset,injected at\nA1,2023-11-15 06:13:55\nA2,2023-11-15 06:14:00\n",
            "asset,alarm time\nA1,2023-11-14T22:13:55.5Z\nA2,2023-11-14T22:14:01Z\n",
            0,
            "mixed-zones",
        ),
    ],
)
def test_only_the_right_alarm_in_time_covers(
    events: str, alarms: str, covered: int, event: str | None, analysed: Analysed, tmp_path: Path
) -> None:
    paths = [write(tmp_path, name, text) for name, text in (("r.csv", REGISTER), ("e.csv", events), ("a.csv", alarms))]
    _, found, _ = analysed("assets", paths[0], "--events", paths[1], "--alarms", paths[2], "--deadline", "5 s")
    assert found["covered"] == covered
    assert event is None or f"plant.{event}" in codes(found)
    assert event is not None or codes(found) == {"plant.listed-only"}


@pytest.mark.parametrize(
    ("head", "words", "covered"),
    [
        ("类型", ("注入", "注入"), 2),
        ("类型", ("超温", "甲烷泄漏"), 2),
        ("类型", ("", "注入"), 1),
        ("类型", ("基线", "注入"), 1),
        ("类型", ("无事件", "注入"), 1),
        ("type", ("Quiet control", "injected"), 1),
        ("type", ("baseline", "gas leak"), 1),
        ("is_control", ("no", "false"), 2),
        ("is_control", ("yes", "no"), 1),
        ("control", ("1", "0"), 1),
        ("control", ("perhaps", "0"), 1),
        ("是否对照", ("是", "否"), 1),
    ],
)
def test_an_alarm_answers_an_event_and_never_a_control_or_a_doubtful_row(
    head: str, words: tuple[str, str], covered: int, analysed: Analysed, tmp_path: Path
) -> None:
    rows = f"A1,1700000035000,{words[0]}\nA2,1700000040000,{words[1]}\n"
    events = write(tmp_path, "e.csv", f"资产编号,注入时刻_ms,{head}\n" + rows)
    register, alarms = write(tmp_path, "r.csv", REGISTER), write(tmp_path, "a.csv", ALARMS)
    _, found, _ = analysed("assets", register, "--events", events, "--alarms", alarms, "--deadline", "5s")
    assert found["covered"] == covered


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ("资产编号,注入时刻\nA1,1700000035000\n", "unit"),
        ("资产编号,注入时刻(拍)\nA1,1700000035000\n", "unit"),
        ("资产编号,注入时刻_ms\nA1,昨天\n", "time"),
        ("资产编号,注入时刻_ms\nA1,\n", "time"),
        ("资产编号,注入时刻_ms\n,1700000035000\n", "asset"),
        ("甲,乙\n1,2\n", "head row"),
    ],
)
def test_a_drill_that_is_not_understood_is_refused_by_name(
    events: str, told: str, analysed: Analysed, tmp_path: Path
) -> None:
    register, alarms = write(tmp_path, "r.csv", REGISTER), write(tmp_path, "a.csv", ALARMS)
    code, _, said_ = analysed("assets", register, "--events", write(tmp_path, "e.csv", events), "--alarms", alarms)
    assert code == 4
    assert told in said_


@pytest.mark.parametrize("deadline", ["5", "5 m", "-1 s", "0 s", "soon"])
def test_a_deadline_that_is_none_is_refused(deadline: str, analysed: Analysed, tmp_path: Path) -> None:
    code, _, told = analysed("assets", write(tmp_path, "r.csv", REGISTER), f"--deadline={deadline}")
    assert code == 2
    assert "deadline" in told


FLEET = (
    "healthy",
    "silent",
    "stale",
    "frozen",
    "retained",
    "alive",
    "counter",
    "clocked",
    "bad",
    "binary",
    "other",
    "stopped",
    "wrapping",
    "lazy",
)


def plant(folder: Path, *, version: int = 4) -> Path:
    """A minute on a broker in which each asset of the fleet does what it is called."""
    wire = Wire()
    wire.connect(40_001, "plant", version=version)
    wire.connect(40_002, "viewer", version=version)
    middle = b"\x00" if version == 5 else b""

    def publish(name: str, payload: bytes, at_s: float, *, retain: bool = False, up: bool = True) -> None:
        packet = encoding.packet(0x30 | retain, encoding.text(f"p/{name}") + middle + payload)
        if up:
            wire.say(40_001, packet, at_s)
        wire.say(40_002, packet, at_s + 0.001, down=True)

    publish("retained", said(0, 5), 0.1, retain=True, up=False)
    for second in range(0, 60, 2):
        stamp = 1_763_740_800_000 + 1000 * second
        publish("healthy", said(second, 1), second)
        if second < 8:
            publish("stale", said(second, 3), second)
        publish("frozen", said(0, 4).replace(str(1_763_740_800_000).encode(), str(stamp).encode()), second)
        publish("alive", b'{"status": "online", "ts": %d, "seq": %d}' % (stamp, second), second)
        publish("counter", b'{"packets_sent": %d, "value": 4.5}' % (second // 2), second)
        publish("clocked", b'{"up": %d, "value": 4.5}' % (7_000 + second * 1000), second)
        publish("bad", b'{"value": %d.5, "quality": "bad"}' % (second * 37 % 11), second)
        publish(
            "stopped", said(min(second, 20), 7).replace(b"1763740820000", b"%d" % max(stamp, 1_763_740_820_000)), second
        )
        publish("wrapping", b'{"value": %d}' % (second // 2 % 8), second)
        publish("lazy", b'{"value": %d}' % (second // 6), second)
        publish("binary", bytes([0xFF, second, 0x80, 0x01]), second)
        publish("other", b'{"device_id": "healthy", "value": %d.5}' % (second * 37 % 11), second)
    path = folder / "broker.pcap"
    wire.write(path)
    return path


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("period", ["", "2 s", "2000 ms"])
def test_only_fresh_changing_values_of_its_own_network_an_asset(
    version: int, period: str, analysed: Analysed, tmp_path: Path
) -> None:
    head = ("asset", "topic", *(["period"] if period else []))
    register = tmp_path / "r.csv"
    register.write_bytes(table(head, [(each, f"p/{each}", *([period] if period else [])) for each in FLEET]))
    _, found, _ = analysed("assets", register, "--capture", plant(tmp_path, version=version))
    assert (found["assets"], found["networked"]) == (len(FLEET), 1)
    by_state = {
        each["event"].removeprefix("plant.state-"): sorted(each["names"])
        for each in found["events"]
        if "state-" in each["event"]
    }
    assert by_state == {
        "silent": ["other", "silent"],
        "stale": ["stale"],
        "frozen": ["frozen"],
        "retained": ["retained"],
        "alive": ["alive"],
        "counting": ["clocked", "counter", "lazy", "wrapping"],
        "stopped": ["stopped"],
        "bad": ["bad"],
        "unreadable": ["binary"],
    }
    assert "plant.contradicting" in codes(found)


@pytest.mark.parametrize(
    "more",
    [
        *({"simulated": True}, {"isSimulated": 1}, {"mode": "simulation"}, {"数据来源": "历史数据"}, {"stale": "yes"}),
        *(
            {"valid": False},
            {"valid": 0},
            {"status": "offline"},
            {"状态": "离线"},
            {"source": "replay"},
            {"good": "maybe"},
        ),
    ],
)
def test_a_value_that_its_own_device_takes_back_networks_nobody(
    more: dict[str, object], analysed: Analysed, tmp_path: Path
) -> None:
    assert _one_asset(analysed, tmp_path, lambda at: {"value": at * 37 % 11 / 7, **more}) == "bad"


@pytest.mark.parametrize("more", [{"valid": True}, {"simulated": False}, {"mode": "auto"}, {"status": "running"}])
def test_a_value_that_its_device_stands_by_networks_it(
    more: dict[str, object], analysed: Analysed, tmp_path: Path
) -> None:
    assert _one_asset(analysed, tmp_path, lambda at: {"value": at * 37 % 11 / 7, **more}) == "networked"


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (lambda at: f"{20 + at * 37 % 11 / 7:.2f} ℃", "networked"),
        (lambda at: f"message {at // 2}", "counting"),
        (lambda at: 400 - at // 2, "counting"),
        (lambda at: at % 20, "counting"),
        (lambda at: at // 2 % 2, "networked"),
    ],
)
def test_numbers_in_texts_and_clocks_that_wrap_count_as_what_they_are(
    value: Callable[[int], object], state: str, analysed: Analysed, tmp_path: Path
) -> None:
    assert _one_asset(analysed, tmp_path, lambda at: {"v": value(at)}) == state


@pytest.mark.parametrize(
    ("value", "networked"),
    [
        (lambda at, _: at * at * 37 % 1009 / 7, 1),
        (lambda at, _: at * 37 % 11, 1),
        (lambda at, who: at * at * (30 + who) % 1009 / 7, 4),
        (lambda at, who: at * (7 + who) % 11, 4),
        (lambda at, _: at // 2 % 2, 4),
    ],
)
def test_one_payload_under_many_topics_is_one_asset(
    value: Callable[[int, int], float], networked: int, analysed: Analysed, tmp_path: Path
) -> None:
    wire = Wire()
    wire.connect(40_002, "viewer")
    for at in range(0, 120, 2):
        for who in range(4):
            said_ = json.dumps({"value": value(at, who), "place": f"hall {'abcd'[who]}"}).encode()
            wire.say(40_002, encoding.publish(f"p/A{who}", said_), at + who / 5, down=True)
    wire.write(tmp_path / "c.pcap")
    rows = [(f"A{each}", f"p/A{each}", "2 s") for each in range(4)]
    register = write(tmp_path, "r.csv", table(("asset", "topic", "period"), rows))
    _, found, _ = analysed("assets", register, "--capture", tmp_path / "c.pcap")
    assert found["networked"] == networked
    assert ("plant.state-copied" in codes(found)) == (networked == 1)


def _one_asset(analysed: Analysed, folder: Path, says: Callable[[int], object]) -> str:
    """What a single asset amounts to that says something every two seconds of a minute."""
    wire = Wire()
    wire.connect(40_002, "viewer")
    for at in range(0, 60, 2):
        wire.say(40_002, encoding.publish("p/A1", json.dumps(says(at)).encode()), at, down=True)
    wire.write(folder / "c.pcap")
    register = write(folder, "r.csv", table(("asset", "topic", "period"), [("A1", "p/A1", "2 s")]))
    _, found, _ = analysed("assets", register, "--capture", folder / "c.pcap")
    states = [each for each in codes(found) if "state-" in each]
    return states[0].removeprefix("plant.state-") if states else "networked"


@pytest.mark.parametrize("period", ["2", "", "often", "0 s"])
def test_a_period_that_is_not_understood_networks_nobody(period: str, analysed: Analysed, tmp_path: Path) -> None:
    register = tmp_path / "r.csv"
    register.write_bytes(table(("asset", "topic", "period"), [("healthy", "p/healthy", period)]))
    _, found, _ = analysed("assets", register, "--capture", plant(tmp_path))
    assert found["networked"] == 0
    assert {"plant.unclear-period", "plant.state-no-period"} <= codes(found)


@pytest.mark.parametrize("topic", ["p/healthy", "p/healthy/", "p/healthy/#", "p/+", "/p/healthy"])
def test_topics_may_be_written_as_filters_and_with_slashes(topic: str, analysed: Analysed, tmp_path: Path) -> None:
    register = tmp_path / "r.csv"
    register.write_bytes(table(("资产编号", "主题"), [("A1", topic)]))
    _, found, _ = analysed("assets", register, "--capture", plant(tmp_path))
    assert found["networked"] == 1


def test_without_topics_the_number_in_the_topic_tells_whose_it_is(analysed: Analysed, tmp_path: Path) -> None:
    register = tmp_path / "r.csv"
    register.write_bytes(table(("资产编号", "设备类型"), [("HEALTHY", "泵"), ("frozen", "泵"), ("A9", "泵")]))
    _, found, _ = analysed("assets", register, "--capture", plant(tmp_path))
    assert (found["assets"], found["networked"]) == (3, 1)


@pytest.mark.shared_data
def test_the_stored_capture_shows_which_devices_are_networked(shared_data, analysed: Analysed, tmp_path: Path) -> None:
    rows = [(f"dev{each:02d}", f"spBv1.0/WH-FAC-A/DDATA/edge1/dev{each:02d}") for each in range(5)]
    register = tmp_path / "r.csv"
    register.write_bytes(table(("资产编号", "MQTT主题"), rows))
    _, found, _ = analysed("assets", register, "--capture", shared_data("ecosystem", "sparkplug_mosquitto_a.pcap"))
    assert (found["assets"], found["networked"]) == (5, 3)
    assert {"plant.state-dead", "plant.state-silent"} <= codes(found)


def test_a_capture_that_is_none_is_refused(analysed: Analysed, tmp_path: Path) -> None:
    register, capture = write(tmp_path, "r.csv", REGISTER), write(tmp_path, "c.pcap", "no capture")
    code, _, told = analysed("assets", register, "--capture", capture)
    assert code == 4
    assert "capture" in told
