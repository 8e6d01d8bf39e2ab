# SPDX-License-Identifier: Apache-2.0
"""How a campaign begins in a folder of its own and how its end is told: a number, a bell, a command of the user's."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.console.language import pick
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.console.arguments import Parser

LONG_S = 60.0
"""A run of a minute and more ends with a bell: by then the operator looks elsewhere."""
_DIGITS = 3


def arguments(run: Parser) -> None:
    """``run PROFILE --numbered --then COMMAND``."""
    run.add_argument(
        "--numbered",
        action="store_true",
        help="每次测试放在 --out 之下各自编号的文件夹：001、002 …；加 --resume 则接着做最后一个 / "
        "each campaign in a numbered folder below --out: 001, 002 …; with --resume the last of them goes on",
    )
    run.add_argument(
        "--then",
        default="",
        metavar="COMMAND",
        help="结束时执行的命令，如 notify-send；环境变量 YANSHOU_VERDICT、YANSHOU_BUNDLE、YANSHOU_EXIT 给出结果 / "
        "a shell command when it has ended, like notify-send; YANSHOU_VERDICT, YANSHOU_BUNDLE and YANSHOU_EXIT tell how",
    )


def folder(options: Namespace) -> Path:
    """Where this campaign's bundle goes; UsageError where there is no numbered one to go on with."""
    out: Path = options.out
    if not options.numbered:
        return out
    numbers = [int(each.name) for each in out.glob("[0-9]*") if each.is_dir() and each.name.isdecimal()]
    if options.resume and not numbers:
        msg = f"There is no numbered campaign in {out} to resume."
        raise UsageError(msg, cure="run without --resume, or name the folder with --out.")
    return out / f"{max(numbers, default=0) + (not options.resume):0{_DIGITS}d}"


@contextmanager
def told(options: Namespace, bundle: Path) -> Iterator[dict[str, str]]:
    """Ring and run the user's command when the block ends, however it ends; what is put into the mapping is told to it."""
    begun, result = time.monotonic(), {"YANSHOU_BUNDLE": str(bundle), "YANSHOU_VERDICT": "", "YANSHOU_EXIT": ""}
    try:
        yield result
    finally:
        if time.monotonic() - begun >= LONG_S and sys.stderr.isatty():
            sys.stderr.write("\a")
            sys.stderr.flush()
        if options.then:
            _run(options.then, result)


def _run(command: str, result: dict[str, str]) -> None:
    """The verdict stands whatever becomes of the command; that it failed is said."""
    import subprocess

    done = subprocess.run(command, shell=True, check=False, env={**os.environ, **result}, stdin=subprocess.DEVNULL)  # noqa: S602 - the user's own
    if done.returncode:
        said = pick(
            f"--then 的命令没有成功（退出码 {done.returncode}）；判定不受影响。",
            f"the command of --then failed (exit code {done.returncode}); the verdict stands.",
        )
        sys.stderr.write(f"yanshou: {said}\n")
