# SPDX-License-Identifier: Apache-2.0
"""Examples of registers."""

from __future__ import annotations

from pathlib import Path

from harness.plugins import Trace
from tests.conformance.examples import of, traced

OUTSIDERS = "北京甲,91110108551385082Q\n武汉乙,9142011177893287XL\n"


@of("register.organisations")
def _organisations(folder: Path) -> Trace:
    return traced("register.organisations", folder, b"name,uscc\n" + OUTSIDERS.encode(), {"register": "adopters.csv"})


@of("register.population")
def _population(folder: Path) -> Trace:
    tables = {"0001.csv": population(4), "0002.csv": records(3)}
    return traced("register.population", folder, tables, {"register": "members.csv", "exports": "export.csv"})


def population(count: int, status: str = "是") -> bytes:
    """A list of critical members, each said to be monitored or not."""
    rows = (f"K-{each},构件 {each},示例企业,{status},{each + 1}00\n" for each in range(count))
    return ("构件编号,构件名称,所属企业,是否监测,字节数\n" + "".join(rows)).encode()


def records(count: int) -> bytes:
    """What a monitoring system exports of the first of them."""
    return (
        "构件编号,监测时间,字节数\n" + "".join(f"K-{each},2023-09-04,{each + 1}00\n" for each in range(count))
    ).encode()


@of("register.registrations")
def _registrations(folder: Path) -> Trace:
    return traced("register.registrations", folder, prefixes(3), {"file": "node.csv"})


def prefixes(count: int, form: str = "88.118.{}", last: str = "900") -> bytes:
    """A node's totals by prefix, each with eight hundred new identifiers."""
    return ("前缀,期初注册量,期末注册量\n" + "".join(f"{form.format(at)},100,{last}\n" for at in range(count))).encode()


@of("register.resolutions-log")
def _resolutions(folder: Path) -> Trace:
    return traced("register.resolutions-log", folder, resolutions(31), {"file": "days.csv"})


def resolutions(days: int, source: str = "企业", count: int = 700_000) -> bytes:
    """A node's resolutions by day from one source."""
    rows = (f"2023-{9 + at // 30:02d}-{at % 30 + 1:02d},{count + at * at},{source}\n" for at in range(days))
    return ("日期,解析量,来源\n" + "".join(rows)).encode()
