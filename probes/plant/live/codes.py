# SPDX-License-Identifier: Apache-2.0
"""``yanshou serve codes``: shows a code with the time for one asset on this screen, to be held before its camera."""

from __future__ import annotations

import io
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from harness.errors import UsageError
from harness.kit.settings import Secret
from probes.plant.wire.nonces import code

_EVERY_S = 2.0


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "--asset",
        required=True,
        help="摄像机的资产编号，与登记表一致 / number of the camera's asset, as in the register",
    )
    parser.add_argument(
        "--key", required=True, metavar="env:NAME", help="编码密钥在何处 / where the key of the codes is"
    )
    parser.add_argument(
        "--count",
        type=int,
        default=0,
        metavar="N",
        help="编码个数；缺省直到 Ctrl-C / how many codes; without it until Ctrl-C",
    )


def run(options: Namespace, say: Callable[[object], None]) -> dict[str, Any]:
    """Show codes, a new one every two seconds; what was shown is told at the end."""
    key = Secret.parse(options.key).read("the key of the codes")
    shown = 0
    try:
        while not options.count or shown < options.count:
            say(drawn(code(key, options.asset, int(time.time()))))
            shown += 1
            if shown != options.count:
                time.sleep(_EVERY_S)
    except KeyboardInterrupt:
        pass
    return {"asset": options.asset, "shown": shown}


def drawn(text: str) -> str:
    """A code as characters of a terminal; UsageError when the extra is not installed."""
    try:
        import segno
    except ImportError:
        raise UsageError("Codes are drawn by segno.", cure="pip install 'yanshou[camera]'.") from None
    out = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(out, compact=True, border=4)
    return out.getvalue()
