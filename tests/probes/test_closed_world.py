# SPDX-License-Identifier: Apache-2.0
"""The law of the closed world, held by every reader of every domain: what is not understood never helps the applicant.

A reader of tables has a specimen here; unknown words, blanks, unknown units, extra cells and doubled rows in it are refused, or
they leave no more evidence than there was. A reader of anything else is fed noise. A new probe has to be entered here.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import installed
from harness.errors import YanshouError
from harness.installed import PROBES
from harness.plugins import Asked, Trace
from tests.probes.health.made import SETTINGS as EXCHANGES

IMEIS = ("490154203237518", "001010000000024", "001010000000032", "001010000000040")
BROKER = {"broker": "10.20.0.1", "duration": "30 min"}
TRUTH = {
    "lat": 30.35,
    "lon": 114.32,
    "height": 20,
    "frame": "CGCS2000",
    "epoch": 2000,
    "u_horizontal": "2 mm",
    "u_vertical": "3 mm",
}
NMEA = {"file": "a.nmea", "mode": "static", "truth": TRUTH, "positions": {"frame": "CGCS2000", "epoch": 2000}}


@dataclass(frozen=True)
class Specimen:
    """A table that a probe reads: head, rows, what is understood in it, and how much evidence its summary holds."""

    settings: Mapping[str, Any]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    evidence: Callable[[Any], float]
    numbers: Sequence[int] = ()
    """Columns of numbers."""
    words: Sequence[int] = ()
    """Columns of words that were agreed on."""
    units: Sequence[int] = ()
    """Columns whose heading may state a unit."""
    name: str = field(default="t.csv")


def _answered(summary: Any) -> float:
    return float(sum(node.counts["answered"] for node in summary.nodes.values()))


TABLES: dict[str, Specimen] = {
    "network.counters": Specimen(
        {"file": "t.csv"},
        ("小区", "异常释放次数", "建立成功次数"),
        [(f"小区{at}", str(at + 1), str(1000 + 7 * at)) for at in range(5)],
        lambda found: found.totals["setups"] - 100 * found.totals["abnormal_releases"],
        numbers=(1, 2),
        units=(1, 2),
    ),
    "network.log": Specimen(
        {"file": "t.csv"},
        ("time", "seq", "delay"),
        [(str(1000 + at), str(at), f"1.{at}3") for at in range(8)],
        _answered,
        numbers=(0, 2),
        units=(2,),
    ),
    "network.export": Specimen(
        {"file": "t.csv"},
        ("imei", "状态"),
        [(imei, "在线") for imei in IMEIS],
        lambda found: len(found.rows),
        words=(1,),
    ),
    "network.terminals": Specimen(
        {"register": "t.csv"},
        ("asset_id", "address", "port", "imei"),
        [(f"A{at}", f"10.0.0.{at + 1}", "862", imei) for at, imei in enumerate(IMEIS)],
        lambda found: len({(row.asset_id, row.imei, row.address, row.port) for row in found}),
        numbers=(2,),
    ),
    "network.radio-export": Specimen(
        {"file": "t.csv"},
        ("时间", "制式", "IMEI", "RSRP"),
        [(f"2026-11-21T08:00:{at:02d}Z", "5G SA", IMEIS[0], f"-{90 + at}") for at in range(6)],
        lambda found: sum(poll.rat == "NR-SA" for poll in found.polls),
        words=(1,),
        units=(3,),
    ),
    "immersive.frames": Specimen(
        {"file": "t.csv", "device": "screen"},
        ("Application", "ProcessID", "SwapChainAddress", "Dropped", "msBetweenPresents"),
        [("a.exe", "7", "0x0", "0", f"1{at}.5") for at in range(6)],
        lambda found: sum(float(each.intervals.size) for log, *_ in found.found for each in log.streams),
        numbers=(3, 4),
    ),
    "immersive.points": Specimen(
        {"register": "t.csv"},
        ("点位名称", "地址", "纬度", "经度", "投用日期"),
        [(f"点位{at}", f"示例路 {at} 号", f"30.5{at}", f"114.3{at}", f"2023-09-0{at + 1}") for at in range(4)],
        lambda found: float(len({each.name for each in found.rows if not each.faults})),
        numbers=(2, 3),
        words=(4,),
    ),
    "change.table": Specimen(
        {
            "before": ["t.csv"],
            "after": ["t.csv"],
            "before_period": "2023-01/2023-12",
            "after_period": "2024-01/2024-12",
        },
        ("产线", "月份", "成本", "产量"),
        [(f"线{at}", "2024-05", str(500 + at), str(90 + at)) for at in range(4)],
        lambda found: 0.0,
        numbers=(2, 3),
    ),
    "plant.assets": Specimen(
        {"file": "t.csv"},
        ("资产编号", "关键设备", "MQTT主题", "可视化监测", "上报周期(s)"),
        [(f"A{at}", "否", f"p/A{at}", "是", str(at + 5)) for at in range(4)],
        lambda found: sum(bool(each.visual) + (not each.key) + bool(each.period_s) for each in found.assets),
        numbers=(4,),
        words=(1, 3),
        units=(4,),
    ),
    "plant.events": Specimen(
        {"file": "t.csv"},
        ("资产编号", "注入时刻(ms)"),
        [(f"A{at}", str(1_700_000_000_000 + 7_919 * at)) for at in range(4)],
        lambda found: sum(not each.unclear for each in found.events),
        numbers=(1,),
        units=(1,),
    ),
    "plant.alarms": Specimen(
        {"file": "t.csv"},
        ("资产编号", "告警时刻(ms)", "级别", "状态"),
        [(f"A{at}", str(1_700_000_000_000 + 7_919 * at), "高", "产生") for at in range(4)],
        lambda found: sum(each.counts for each in found.alarms),
        numbers=(1,),
        words=(2, 3),
        units=(1,),
    ),
    "plant.markers": Specimen(
        {"file": "t.csv"},
        ("资产编号", "设置时刻(ms)", "标记值"),
        [(f"A{at}", str(1_700_000_000_000 + 7_919 * at), f"{at}.5") for at in range(4)],
        lambda found: len(found.markers),
        numbers=(1,),
        units=(1,),
    ),
    "plant.screen": Specimen(
        {"file": "t.csv"},
        ("资产编号", "显示时刻(ms)", "显示值", "在线状态"),
        [(f"A{at}", str(1_700_000_000_000 + 7_919 * at), f"{at}.5", "在线") for at in range(4)],
        lambda found: sum(each.at_ns > 0 for each in found.shown) + sum(online for _, online in found.flags),
        numbers=(1,),
        words=(3,),
        units=(1,),
    ),
    "register.population": Specimen(
        {"register": "t.csv"},
        ("构件编号", "是否监测", "证明文件"),
        [(f"K-{at}", "是", f"{at}.pdf") for at in range(5)],
        lambda found: 0.0 if found.invalid else float(len({each.id for _, each in found.items if each.status})),
        words=(1,),
    ),
    "register.registrations": Specimen(
        {"file": "t.csv"},
        ("前缀", "期初注册量", "期末注册量"),
        [(f"88.118.{at}", str(100 + at), str(9000 + 7 * at)) for at in range(5)],
        lambda found: 0.0 if found.invalid else float(sum(each.last - each.first for each in found.prefixes)),
        numbers=(1, 2),
    ),
    "register.resolutions-log": Specimen(
        {"file": "t.csv"},
        ("日期", "解析量"),
        [(f"2024-03-{at + 1:02d}", str(600_000 + 7 * at)) for at in range(5)],
        lambda found: 0.0 if found.invalid else float(sum(each.count for each in found.days)),
        numbers=(1,),
    ),
    "register.organisations": Specimen(
        {"register": "t.csv"},
        ("企业名称", "统一社会信用代码", "日期"),
        [(f"示例{at}有限公司", "91420102MA42HRWN44", "2023-09-04") for at in range(3)],
        lambda found: 0.0,
    ),
    "compute.energy": Specimen(
        {"file": "t.csv", "category": "PUE2"},
        ("月份", "总电量(kWh)", "IT电量(kWh)"),
        [(f"2025-0{at}", str(1300 + at), "1000") for at in range(1, 6)],
        lambda found: float(len(found.tables[0][1])),
        numbers=(1, 2),
        units=(1, 2),
    ),
    "compute.conditions": Specimen(
        {"file": "t.csv", "category": "PUE2"},
        ("工况", "时间占比", "总功率(kW)", "IT功率(kW)"),
        [(f"P{at}", "20%", str(130 + at), "100") for at in range(5)],
        lambda found: float(len(found.tables[0][1])),
        numbers=(1, 2, 3),
        units=(2, 3),
    ),
    "compute.racks": Specimen(
        {"file": "t.csv", "available": 3, "interval": "1 h", "period": "2025-06-01/2025-06-30"},
        ("时间", "机架", "功率(W)"),
        [(f"2025-06-01 0{at}:00:00", f"R{at % 3}", str(3000 + at)) for at in range(6)],
        lambda found: float(sum(len(each) for each in found.values.values())),
        numbers=(2,),
        units=(2,),
    ),
    "compute.power-log": Specimen(
        {"file": ["t.csv"], "terminal": "T", "plane": "board"},
        ("时间", "功率(W)", "状态"),
        [(f"2026-11-21 08:00:0{at}", str(30 + at), "正常") for at in range(6)],
        lambda found: float(len(found.logs[0][1].at_ns)),
        numbers=(1,),
        units=(1,),
    ),
    "compute.run-log": Specimen(
        {
            "file": ["t.csv"],
            "terminal": "T",
            "workload": "w",
            "precision": "int8",
            "sparsity": "dense",
            "operations": 1e9,
        },
        ("start_ns", "end_ns", "count"),
        [(f"{at}000000000", f"{at + 1}000000000", str(40 + at)) for at in range(6)],
        lambda found: float(found.runs[0].count.sum()),
        numbers=(0, 1, 2),
    ),
}
"""By probe. The evidence of ``change`` and ``register`` is held by their own tests; here they are held to refuse or to stand."""
STREAMS: dict[str, Mapping[str, Any]] = {
    "network.stamp": {"targets": ["10.0.0.7"], "count": 1},
    "network.icmp": {"targets": ["10.0.0.7"], "count": 1},
    "network.tcp": {"targets": ["10.0.0.7"], "count": 1},
    "network.neighbours": {},
    "network.capture": {"file": "a.pcap"},
    "network.flows": {"file": "a.pcap"},
    "network.track": {"file": "a.nmea"},
    "network.mqtt": {**BROKER, "events": "a/#", "commands": "b/#"},
    "network.radio": {"modems": [{"tcp": "10.0.0.1:5017"}], "duration": "1 min"},
    "network.simulated": {"file": "a.jsonl"},
    "network.snmp": {"agents": ["10.0.0.1"]},
    "network.presence": {**BROKER, "topic": "plant/{asset}/status"},
    "bim.model": {"files": ["a.ifc"]},
    "plant.mqtt": BROKER,
    "plant.shown": BROKER,
    "plant.capture": {"file": "a.pcap"},
    "plant.opcua": {"url": "opc.tcp://10.0.0.5:4840", "nodes": ["ns=2;i=1"], "duration": "1 min"},
    "plant.modbus": {"tcp": "10.0.0.5:502", "points": ["1/holding/1"], "duration": "1 min"},
    "plant.camera": {"cameras": {"A1": "rtsp://10.0.0.5/1"}, "key": "env:YANSHOU_CODE", "duration": "1 min"},
    "immersive.visits": {"recorded": "visits.jsonl"},
    "gnss.nmea": NMEA,
    "gnss.observations": {"file": "a.obs"},
    "gnss.solution": {"rover": "a.obs", "base": "b.obs", "base_place": TRUTH},
    "gnss.timing": {"file": "a.csv", "reference": "independent", "u_reference": "50 ns"},
    **{f"health.{each}": given for each, given in EXCHANGES.items()},
    "chain.nodes": {"chain": "fisco3", "nodes": [{"name": "n", "url": "http://10.0.0.1:20200"}]},
    "service.load": {"url": "http://10.0.0.1:8000/v1", "model": "m", "rate": "1/s", "duration": "1 min"},
    "service.search": {"url": "http://10.0.0.1:8000/v1", "model": "m", "rates": ["1/s", "2/s"]},
    "service.calls": {"catalogue": "a.csv"},
    "compute.power": {
        "scpi": {"tcp": "10.0.0.7:5025"},
        "duration": "1 min",
        "terminal": "T",
        "plane": "board",
    },
    "compute.run": {
        "model": "net.onnx",
        "duration": "1 min",
        "terminal": "T",
        "workload": "w",
        "precision": "int8",
        "sparsity": "dense",
    },
    "gnss.corrections": {"ntrip": "http://caster.example:2101/RTCM", "duration": "30 min"},
}


def summary(name: str, given: Mapping[str, Any], data: bytes, folder: Path) -> Any:
    """What a probe makes of bytes, None where they hold no chunk; YanshouError where it refuses them."""
    probe = installed.probe(name)
    path = folder / f"0001.{probe.extension}"
    path.write_bytes(data)
    parsed = probe.settings.model_validate(given)
    trace = Trace("x.y", "source", name, 1, (path,), parsed)
    found = [probe.summarise(chunk, Asked((), parsed)) for chunk in probe.chunks(trace)]
    return reduce(lambda one, other: one.merge(other), found) if found else None


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in (head, *rows)).encode()


def holds(name: str, head: Sequence[str], rows: Sequence[Sequence[str]], folder: Path) -> float | None:
    """The evidence of a table; None where it is refused."""
    try:
        return TABLES[name].evidence(summary(name, TABLES[name].settings, table(head, rows), folder))
    except YanshouError:
        return None


def test_every_probe_is_held_to_the_law() -> None:
    assert set(installed.names(PROBES)) == TABLES.keys() | STREAMS.keys()


@pytest.mark.parametrize("name", TABLES)
def test_the_specimens_are_read(name: str, tmp_path: Path) -> None:
    assert holds(name, TABLES[name].head, TABLES[name].rows, tmp_path) is not None


SLOW = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORD = st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo"]), min_size=2, max_size=9).map("qz{}".format)
"""Words that nothing knows: hypothesis also draws those that it finds in our sources."""


def changed(rows: Sequence[Sequence[str]], row: int, column: int, text: str) -> list[Sequence[str]]:
    return [
        [text if (at, place) == (row, column) else cell for place, cell in enumerate(cells)]
        for at, cells in enumerate(rows)
    ]


@pytest.mark.parametrize("name", [name for name, each in TABLES.items() if each.numbers or each.words])
@SLOW
@given(st.data())
def test_an_unknown_word_never_helps(name: str, tmp_path: Path, data: Any) -> None:
    specimen = TABLES[name]
    row = data.draw(st.integers(0, len(specimen.rows) - 1))
    column = data.draw(st.sampled_from([*specimen.numbers, *specimen.words]))
    clean = holds(name, specimen.head, specimen.rows, tmp_path)
    found = holds(name, specimen.head, changed(specimen.rows, row, column, data.draw(WORD)), tmp_path)
    assert clean is not None
    assert found is None or found < clean or not clean


@pytest.mark.parametrize("name", [name for name, each in TABLES.items() if each.numbers or each.words])
@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\t"])
def test_a_blank_is_no_zero_and_no_good_word(name: str, tmp_path: Path, blank: str) -> None:
    specimen = TABLES[name]
    clean = holds(name, specimen.head, specimen.rows, tmp_path)
    assert clean is not None
    for column in (*specimen.numbers, *specimen.words):
        found = holds(name, specimen.head, changed(specimen.rows, 1, column, blank), tmp_path)
        assert (
            found is None
            or found < clean
            or not clean
            or (name, specimen.head[column]) == ("network.terminals", "port")
        )


@pytest.mark.parametrize("name", [name for name, each in TABLES.items() if each.units])
@SLOW
@given(st.data())
def test_an_unknown_unit_is_refused(name: str, tmp_path: Path, data: Any) -> None:
    specimen, word = TABLES[name], data.draw(st.from_regex(r"[g-z]{5,8}", fullmatch=True))
    column, form = (
        data.draw(st.sampled_from(specimen.units)),
        data.draw(st.sampled_from(["({})", "（{}）", "[{}]", "【{}】"])),
    )
    head = [text + form.format(word) * (at == column) for at, text in enumerate(specimen.head)]
    if word not in {"times", "count", "counts", "number"}:
        assert not holds(name, head, specimen.rows, tmp_path)


@pytest.mark.parametrize("name", TABLES)
def test_a_row_with_more_cells_than_the_head_is_refused(name: str, tmp_path: Path) -> None:
    specimen = TABLES[name]
    rows = [[*cells, "9"] if at == 1 else cells for at, cells in enumerate(specimen.rows)]
    found = holds(name, specimen.head, rows, tmp_path)
    assert not found, "the register tells it as a reason for INVALID"


@pytest.mark.parametrize("name", TABLES)
@SLOW
@given(st.data())
def test_a_row_entered_twice_helps_nobody(name: str, tmp_path: Path, data: Any) -> None:
    specimen = TABLES[name]
    again = data.draw(st.lists(st.sampled_from(specimen.rows), min_size=1, max_size=6))
    clean, found = (holds(name, specimen.head, rows, tmp_path) for rows in (specimen.rows, [*specimen.rows, *again]))
    assert found is None or found == clean


BESIDE = [
    ("状态", "正常", "已作废"),
    ("数据状态", "有效", "无效"),
    ("是否有效", "是", "否"),
    ("备注", "", "估算值"),
    ("数据质量", "良好", "推算"),
    ("quality", "good", "estimated"),
    ("valid", "yes", "no"),
    ("is_valid", "true", "false"),
    ("status", "ok", "cancelled"),
    ("comment", "", "void, duplicated"),
    ("作废日期", "", "2026-03-01"),
]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("heading", "good", "bad"), BESIDE)
def test_a_word_beside_a_row_that_takes_it_back_never_helps(
    name: str, heading: str, good: str, bad: str, tmp_path: Path
) -> None:
    specimen = TABLES[name]
    if heading in specimen.head:
        return
    clean = holds(name, specimen.head, specimen.rows, tmp_path)
    assert clean is not None
    rows = [[*cells, bad if at == 1 else good] for at, cells in enumerate(specimen.rows)]
    found = holds(name, [*specimen.head, heading], rows, tmp_path)
    assert found is None or found < clean or not clean


@pytest.mark.parametrize("name", STREAMS)
@SLOW
@given(noise=st.binary(max_size=400) | st.text(max_size=200).map(str.encode), cut=st.integers(0, 400))
def test_noise_is_refused_or_counted_and_nothing_else(name: str, tmp_path: Path, noise: bytes, cut: int) -> None:
    found = None
    with suppress(YanshouError):
        found = summary(name, STREAMS[name], noise[cut:] + noise[:cut], tmp_path)
    nodes = getattr(found, "nodes", {})
    assert not any(node.counts["answered"] for node in nodes.values())
    assert not len(getattr(found, "rows", ()))
    assert not len(getattr(found, "blocks", ()))
    assert not len(getattr(found, "txs", ()))
