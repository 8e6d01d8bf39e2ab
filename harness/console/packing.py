# SPDX-License-Identifier: Apache-2.0
"""``yanshou pack``: a bundle that is whole as one zip; a damaged one only when it is asked for, and never as if it were whole."""

from __future__ import annotations

import sys
from argparse import Namespace

from harness.console.language import language, pick
from harness.console.printing import say, say_signers
from harness.console.refusal import facts_told
from harness.console.verified import readable
from harness.errors import Exit
from harness.evidence.pack import pack as pack_bundle
from harness.evidence.verify import verify


def pack(options: Namespace) -> int:
    """Verify a bundle and write it into one zip; exit 4 when it is damaged, whether it was packed all the same or not."""
    checked = readable(verify(options.bundle), options.bundle)
    if not options.unverified:
        checked.require()
    target = options.out or options.bundle.with_suffix(".bundle.zip")
    pack_bundle(options.bundle, target)
    if checked.defects:
        say(
            pick("未通过验证，仍按 --unverified 打包：", "NOT VERIFIED, packed all the same (--unverified):"),
            sys.stderr,
        )
        for line in map(facts_told, checked.lines(language())):
            say(line, sys.stderr)
    else:
        say_signers(checked, sys.stderr)
    say(target)
    return Exit.EVIDENCE if checked.defects else Exit.PASS
