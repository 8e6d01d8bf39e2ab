# SPDX-License-Identifier: Apache-2.0
"""Standard output that cannot take what a command says: a full disk, or a reader (head, less) that left.

What was not said is not known to whoever asked, so that no such run may end with the code of a verdict that was not read.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from harness.console.language import pick


class UnsaidError(Exception):
    """Standard output or standard error could not be written; no OSError, since those of files and sockets mean something else."""

    def __init__(self, error: OSError) -> None:
        """Because of ``error``."""
        super().__init__(error.strerror or str(error))
        self.left = isinstance(error, BrokenPipeError)
        """Whether the reader left."""

    @property
    def sentence(self) -> str:
        """What to tell the person at the terminal."""
        return pick(
            f"标准输出写不出去（{self}），结果没有全部显示。处理：检查输出所到之处，再运行一次。",
            f"Standard output cannot be written ({self}), so that not everything was said. Cure: see where it goes to, and run it again.",
        )


class _Stream:
    """A text stream whose failing is an UnsaidError."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As the stream writes it."""
        with _telling():
            return int(self._stream.write(text))

    def writelines(self, lines: Any) -> None:
        """As the stream writes them."""
        with _telling():
            self._stream.writelines(lines)

    def flush(self) -> None:
        """As the stream does."""
        with _telling():
            self._stream.flush()


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnsaidError(error) from None


@contextlib.contextmanager
def spoken() -> Iterator[None]:
    """Within, a stream that fails is an UnsaidError, at the latest at the end: everything has then reached its reader."""
    plain = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream(plain[0]), _Stream(plain[1])
    try:
        yield
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        sys.stdout, sys.stderr = plain


def hushed() -> None:
    """What is left unsaid goes nowhere, so that the interpreter does not fail on it once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
