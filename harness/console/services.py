# SPDX-License-Identifier: Apache-2.0
"""Services and simulated peers that a person starts and stops: ``yanshou serve``, ``reflect`` and ``simulate``."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from harness import installed
from harness.console.arguments import Parser
from harness.console.language import pick
from harness.console.printing import print_json
from harness.errors import Exit, UsageError
from harness.printable import printable


def serve(options: Namespace) -> int:
    """Run a service of an installed domain until it is stopped; what it did is printed."""
    if options.name in {None, "-h", "--help"}:
        return _services()
    service = installed.load("yanshou.services", options.name)
    parser = Parser(prog=f"yanshou serve {options.name}")
    service.arguments(parser)
    print_json(service.run(parser.parse_args(options.rest), _say_lines))
    return Exit.PASS


def _services() -> int:
    """The installed services, each with the command that lists its options."""
    sys.stdout.write(pick("用法：yanshou serve 服务名 …\n\n服务：\n", "usage: yanshou serve NAME …\n\nservices:\n"))
    for name in installed.names("yanshou.services"):
        sys.stdout.write(f"  {name:<14} yanshou serve {name} --help\n")
    return Exit.PASS


def _say_lines(text: object) -> None:
    for line in str(text).split("\n"):
        sys.stdout.write(f"{printable(line)}\n")
    sys.stdout.flush()


def simulate(options: Namespace) -> int:
    """Run a probe's simulated peer until it is stopped; what a profile would get of it as ``@name.key`` is printed."""
    import signal

    offered = installed.probe(options.probe).simulators
    if options.simulator not in offered:
        msg = f"{options.probe} has no simulator {options.simulator!r}."
        raise UsageError(msg, cure=f"use one of: {', '.join(offered) or 'none'}.")
    with offered[options.simulator](dict(map(_setting, options.settings)), Path.cwd()) as given:
        print_json(given)
        sys.stdout.flush()
        wanted = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
        signal.sigwait(wanted)
    return Exit.PASS


def _setting(text: str) -> tuple[str, Any]:
    """``count=50`` as ("count", 50): the value as a profile would have it."""
    from yaml import YAMLError, safe_load

    key, sign, value = text.partition("=")
    try:
        if sign:
            return key, safe_load(value)
    except YAMLError:
        pass
    msg = f"{text!r} is no setting."
    raise UsageError(msg, cure="write KEY=VALUE, like rate=10.")
