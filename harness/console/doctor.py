# SPDX-License-Identifier: Apache-2.0
"""Whether this installation and this machine can do what will be asked of them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from harness import installed
from harness.clock import clock_state
from harness.console import site
from harness.console.language import language, pick
from harness.errors import YanshouError

TOP_LEVEL = ("harness", "probes", "scenarios", "profiles", "reports")
ENOUGH_FREE_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: good or not, and the cure where it is not. ``quiet``: told only where it is not good.

    Something good with a cure is worth knowing on a site and no fault of the installation.
    """

    name: str
    good: bool
    text: str
    cure: str = ""
    quiet: bool = False

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return {"name": self.name, "good": self.good, "text": self.text, "cure": self.cure}

    def __str__(self) -> str:
        """One line for a terminal."""
        mark = "✗" if not self.good else "!" if self.cure else "✓"
        cure = f"  {pick('处理：', 'Cure: ')}{self.cure}" if self.cure else ""
        return f"{mark} {self.name}{pick('：', ': ')}{self.text}{cure}"


def findings() -> list[Finding]:
    """Everything there is to say, in the order a person would look."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (_python, _names, _plugins, _disk, _clock, _capture)
    sites: tuple[Callable[[], Iterator[site.Told]], ...] = (
        site.ports,
        site.echo,
        site.serial,
        site.addresses,
        site.fonts,
        site.time_server,
        site.suspend,
    )
    return [
        *(finding for check in checks for finding in check()),
        *(Finding(*told) for look in sites for told in look()),
    ]


def _python() -> Iterator[Finding]:
    good = sys.version_info >= (3, 11)
    cure = "" if good else pick("使用 Python 3.11 或更新的版本。", "use Python 3.11 or newer.")
    yield Finding("python", good, sys.version.split()[0], cure)


def _names() -> Iterator[Finding]:
    """A stranger's ``scenarios/`` on the path must not pass for ours (docs/decisions/0001)."""
    ours = _roots()
    for name in TOP_LEVEL:
        place = Path(str(import_module(name).__file__)).resolve().parent
        good = place.parent in ours
        cure = pick(
            f"另一个名为 {name} 的包挡住了本程序的包：请使用独立的虚拟环境。",
            f"another package named {name} hides ours: use a virtual environment of its own.",
        )
        yield Finding(pick(f"包 {name}", f"package {name}"), good, str(place), "" if good else cure, quiet=True)


def _roots() -> set[Path]:
    """The folders this distribution's modules may stand in: its own, or the checkout of an editable install."""
    ours = distribution("yanshou")
    roots = {Path(str(ours.locate_file(""))).resolve()}
    for file in ours.files or ():
        if file.suffix == ".pth":
            text = Path(str(ours.locate_file(file))).read_text(encoding="utf-8")
            roots |= {Path(line).resolve() for line in text.splitlines() if line and Path(line).is_dir()}
    return roots


def _plugins() -> Iterator[Finding]:
    names = installed.names("yanshou.probes")
    broken = 0
    for name in names:
        title = pick(f"探针 {name}", f"probe {name}")
        try:
            probe = installed.probe(name)
        except (YanshouError, ImportError, AttributeError) as error:
            broken += 1
            cure = pick("重新安装提供它的发行包。", "reinstall the distribution that brings it.")
            yield Finding(title, good=False, text=str(error), cure=cure)
        else:
            yield Finding(title, True, f"{probe.version}, {probe.title.get(language())}", quiet=True)
    if not broken:
        yield Finding(
            pick("探针", "probes"), True, pick(f"{len(names)} 个，全部可用", f"{len(names)}, all of them load")
        )


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(Path.cwd()).free
    good = free >= ENOUGH_FREE_BYTES
    cure = pick(
        "腾出一些空间：长时间的测试不能因磁盘写满而中断。",
        "free some space: a long campaign must not end on a full disk.",
    )
    size = f"{free / 2**30:.1f} GiB"
    yield Finding(pick("磁盘", "disk"), good, pick(f"此处可用 {size}", f"{size} free here"), "" if good else cure)
    folder = tempfile.gettempdir()
    writable = os.access(folder, os.W_OK)
    cure = pick("把 TMPDIR 设为可写的文件夹。", "set TMPDIR to a folder you may write.")
    yield Finding(pick("临时文件夹", "temporary folder"), writable, folder, "" if writable else cure, quiet=True)


def _clock() -> Iterator[Finding]:
    state, name = clock_state(), pick("时钟", "clock")
    if state["synchronised"] is None:
        told = pick("本系统不说明时钟是否同步", "this system does not tell whether its clock is synchronised")
        yield Finding(name, good=True, text=told)
    elif state["synchronised"]:
        within = f"{state['max_error_us'] / 1000:.3g} ms"
        yield Finding(name, True, pick(f"已同步，最大误差 {within}", f"synchronised, maximum error {within}"))
    else:
        told = pick(
            "未同步：往返时延可信，单程时延与时刻不可信",
            "not synchronised: round trips are sound, one-way delays and times of day are not",
        )
        yield Finding(name, True, told, pick("启用 chrony 或 PTP。", "run chrony or PTP."))


def _capture() -> Iterator[Finding]:
    live = sys.platform.startswith("linux")
    text = (
        pick("Linux：有内核时间戳", "Linux: kernel timestamps are available")
        if live
        else pick(
            "不是 Linux：可以重算、验证、出报告，不能现场采集",
            "not Linux: replay, verify and report work, live capture does not",
        )
    )
    yield Finding(pick("现场采集", "live capture"), good=True, text=text)
