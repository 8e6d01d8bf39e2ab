# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse KIND FILE…``: what files hold, for people by default, ``--json`` for programs, ``--html FILE`` to hand on."""

from __future__ import annotations

import gc
import sys
from argparse import Namespace
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from harness import installed
from harness.console.arguments import Parser
from harness.console.language import pick
from harness.console.printing import print_json
from harness.errors import Exit, UsageError
from harness.printable import printable

GROUP = "yanshou.analysers"
_HEAD = 4096


def analyse(options: Namespace) -> int:
    """Analyse files of one kind without a campaign."""
    if options.kind in {None, "-h", "--help"}:
        return _kinds()
    gc.disable()  # what is loaded stays: looking through it again and again takes a tenth of the start
    analyser = installed.load(GROUP, options.kind)
    gc.freeze()
    gc.enable()
    parser = Parser(prog=f"yanshou analyse {options.kind}")
    parser.add_argument("--json", action="store_true", help="结果以 JSON 写到标准输出 / the result as JSON on stdout")
    parser.add_argument(
        "--html", type=Path, metavar="PAGE", help="另写一页 HTML / write it as a page of HTML beside that"
    )
    analyser.arguments(parser)
    given = parser.parse_args([*(["--json"] if options.json else []), *options.rest])
    for path in _files(given):
        _refuse_other_kind(options.kind, path)
    found = analyser.analyse(given)
    if given.json:
        print_json(found)
    else:
        from harness.console.findings import lines

        for line in lines(found, _package(options.kind)):
            sys.stdout.write(printable(line) + "\n")
    if given.html is not None:
        _write_page(given.html, found, _package(options.kind))
    return Exit.PASS


def _kinds() -> int:
    """The installed kinds, each with the command that lists its options."""
    sys.stdout.write(
        pick("用法：yanshou analyse 种类 文件 …\n\n种类：\n", "usage: yanshou analyse KIND FILE …\n\nkinds:\n")
    )
    for name in installed.names(GROUP):
        sys.stdout.write(f"  {name:<14} yanshou analyse {name} --help\n")
    return Exit.PASS


def _package(kind: str) -> str:
    """The package whose words the analyser of a kind speaks: ``probes.gnss``."""
    return ".".join(installed.module_of(GROUP, kind).split(".")[:2])


def _files(given: Namespace) -> Iterator[Path]:
    """Every file among the arguments."""
    for value in vars(given).values():
        for each in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(each, (str, Path)) and str(each) not in {"", "-"}:
                path = Path(each)
                if len(str(each)) < _HEAD and path.is_file() and path != given.html:
                    yield path


def _refuse_other_kind(kind: str, path: Path) -> None:
    """UsageError where the file is plainly of another kind, with the command for that."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    command = _command_of(path, head)
    if command:
        msg = f"{path.name} is no recording: it belongs to another command."
        raise UsageError(msg, cure=f"use {command} {path}.")
    ours = _recognises(kind, head)
    if ours is None or ours:
        return
    others = [name for name in installed.names(GROUP) if name != kind and _recognises(name, head)]
    if others:
        msg = f"{path.name} is a file for analyse {others[0]}, not for analyse {kind}."
        raise UsageError(msg, cure=f"use yanshou analyse {others[0]} {path}.")


def _recognises(kind: str, head: bytes) -> bool | None:
    """Whether the kind's analyser knows the first bytes as its own; None where it does not say."""
    package = _package(kind)
    try:
        known = getattr(import_module(f"{package}.recognise"), kind.replace("-", "_"), None)
    except ModuleNotFoundError:
        return None
    return None if known is None else bool(known(head))


def _command_of(path: Path, head: bytes) -> str:
    """The command for what is no recording at all: a profile, a bundle."""
    if path.suffix.lower() in {".yaml", ".yml"} and b"yanshou.profile/" in head:
        return "yanshou plan"
    if path.name.endswith(".bundle.zip"):
        return "yanshou verify"
    return ""


def _write_page(path: Path, found: dict[str, Any], package: str) -> None:
    from harness.console.onepage import page
    from harness.evidence.storage import written

    written(path, page(found, package).encode(), cure="choose another folder with --html.")
    sys.stderr.write(printable(path) + "\n")
