# SPDX-License-Identifier: Apache-2.0
"""Papers signed as they are written: a PDF by a PKCS#12, an OFD by an SM2 key, each through an installed signer."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from harness import installed
from harness.console.language import pick
from harness.errors import UsageError

_SIGNERS, _UNSIGNED = "yanshou.signers", "yanshou.unsigned"
_CHINA = timezone(timedelta(hours=8))
PASSWORD = "YANSHOU_SIGN_PASSWORD"  # noqa: S105 - the name of the variable
Sign = Callable[[bytes, Path, str, datetime], bytes]
Same = Callable[[bytes, bytes], bool]


def kind_of(key: Path) -> str:
    """What a key signs: a PKCS#12 (.p12, .pfx) PDFs, a PEM file OFDs."""
    return "pdf" if key.suffix.lower() in {".p12", ".pfx"} else "ofd"


def require(keys: Sequence[Path], kinds: Sequence[str]) -> None:
    """UsageError where a key would sign none of the formats that were asked for."""
    for key in keys:
        if kind_of(key) not in kinds:
            msg = pick(f"{key} 没有可签的文件。", f"{key} would sign nothing.")
            raise UsageError(msg, cure=pick(f"在 --format 中加上 {kind_of(key)}。", f"add {kind_of(key)} to --format."))


def signed(name: str, content: bytes, keys: Sequence[Path]) -> bytes:
    """The file with the signature of each key for its format; as it is where none is for it."""
    for key in keys:
        kind = kind_of(key)
        if name.endswith(f".{kind}"):
            sign: Sign = installed.load(_SIGNERS, kind)
            content = sign(content, key, os.environ.get(PASSWORD, ""), datetime.now(_CHINA))
    return content


def only_signed(name: str, content: bytes, given: bytes) -> bool:
    """Whether ``content`` is what was ``given`` with nothing but signatures added."""
    kind = name.rpartition(".")[2]
    if not installed.has(_UNSIGNED, kind):
        return False
    same: Same = installed.load(_UNSIGNED, kind)
    return same(content, given)
