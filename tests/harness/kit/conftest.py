# SPDX-License-Identifier: Apache-2.0
"""A package with words of its own, as a domain or a stranger's plug-in has them."""

import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

_numbers = count()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Makes an importable package with this ``words.toml`` and this source; a fresh name each, for words are read once."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(toml: str, source: str = "") -> str:
        name = f"acme_words_{next(_numbers)}"
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "judging.py").write_text(source, encoding="utf-8")
        (tmp_path / name / "words.toml").write_text(toml, encoding="utf-8")
        return name

    yield make
    for name in [each for each in sys.modules if each.startswith("acme_words_")]:
        del sys.modules[name]
