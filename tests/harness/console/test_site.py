# SPDX-License-Identifier: Apache-2.0
"""What ``doctor`` says about a machine on a site: machines are made of files, programs of a few lines of shell."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.console import language, site


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    language.use("zh")
    yield
    language.use("")


def machine(folder: Path, *, sleeps: bool = True, masked: bool = False, battery: str = "") -> Path:
    (folder / "sys/power").mkdir(parents=True)
    (folder / "sys/power/state").write_text("freeze mem disk\n" if sleeps else "\n")
    units = folder / "etc/systemd/system"
    units.mkdir(parents=True)
    if masked:
        (units / "sleep.target").symlink_to("/dev/null")
    if battery:
        supply = folder / "sys/class/power_supply/BAT0"
        supply.mkdir(parents=True)
        (supply / "type").write_text("Battery\n")
        (supply / "status").write_text(f"{battery}\n")
    return folder


def test_a_laptop_that_may_suspend_is_told_how_to_stay_awake(tmp_path: Path) -> None:
    ((_, good, _, cure),) = site.suspend(machine(tmp_path))
    assert good
    assert "systemd-inhibit" in cure


@pytest.mark.parametrize("kind", [{"sleeps": False}, {"masked": True}, {"masked": True, "battery": "Full"}])
def test_a_machine_that_stays_awake_needs_no_cure(tmp_path: Path, kind: dict) -> None:
    ((_, _, _, cure),) = site.suspend(machine(tmp_path, **kind))
    assert cure == ""


def test_a_laptop_on_its_battery_is_told(tmp_path: Path) -> None:
    told = [text for _, _, text, _ in site.suspend(machine(tmp_path, masked=True, battery="Discharging"))]
    assert told == ["正在用电池供电", "已禁止休眠"]


def program(folder: Path, name: str, said: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' '{said}'\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "said", "server"),
    [
        ("chronyc", "CB6B0658,ntp.ntsc.ac.cn,2,1700000000.0,0.0,0,0,0,0,0,0,0,64,Normal", "ntp.ntsc.ac.cn"),
        ("chronyc", "7F7F0101,,0,0.0,0.0,0,0,0,0,0,0,0,0,Not synchronised", ""),
        ("timedatectl", "ntp.aliyun.com\n203.107.6.88", "ntp.aliyun.com 203.107.6.88"),
        ("timedatectl", "\n", ""),
        ("nothing", "", ""),
    ],
)
def test_the_server_that_the_clock_follows_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str, server: str
) -> None:
    program(tmp_path, name, said)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/nowhere")
    (tmp_path / "sh").symlink_to("/bin/sh")
    ((_, _, text, cure),) = site.time_server()
    assert (text, cure) == (server, "") if server else cure.startswith("安装 chrony")


def test_a_serial_port_that_may_not_be_opened_names_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ttyUSB0").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    ((_, _, text, cure),) = site.serial(tmp_path)
    assert text.endswith("ttyUSB0")
    assert "dialout" in cure
