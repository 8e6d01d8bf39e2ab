# SPDX-License-Identifier: Apache-2.0
"""Demonstrations as campaigns, and how often each chunk of their traces is decoded meanwhile: once, whoever reads it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import profiles
from harness import installed
from harness.campaign import Campaign, run
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_journal
from harness.evidence.keys import generate
from harness.plugins import Asked, Chunk
from harness.records import record_of

Decoded = Counter[tuple[str, int, int]]


def demonstrated(out: Path, *names: str) -> dict[str, Campaign]:
    """The campaign of each demonstration, run one after the other as ``yanshou demo --all`` runs them."""
    folder = out / "profiles"
    shutil.copytree(Path(profiles.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    generate(folder / "demo", sm2=True)
    generate(folder / "office")
    done = {}
    with counted() as decoded:
        for name in names:
            decoded.clear()
            done[name] = run(folder / f"{name}.yaml", out)
            assert_once(decoded, done[name].root)
    return done


@contextmanager
def counted() -> Iterator[Decoded]:
    """How often each chunk of each trace or document was decoded, while it lasts."""
    decoded: Decoded = Counter()
    with pytest.MonkeyPatch.context() as patch:
        for kind in {_decoder(type(installed.probe(name))) for name in installed.names(installed.PROBES)}:
            patch.setattr(kind, "summarise", _counting(kind.summarise, decoded))
        yield decoded


def assert_once(decoded: Decoded, root: Path) -> None:
    """Every segment that the bundle at ``root`` holds was decoded, and no chunk twice."""
    bundle = Bundle.open(root)
    segments = {
        str(path) for each in record_of(bundle, read_journal(bundle.journal_path)).traces for path in each.segments
    }
    assert set(decoded.values()) == {1}, root.name
    assert {path for path, _, _ in decoded} >= segments, root.name


def _decoder(kind: type[Any]) -> type[Any]:
    """The class whose ``summarise`` a kind of probe has."""
    return next(each for each in kind.__mro__ if "summarise" in vars(each))


def _counting(honest: Callable[..., Any], decoded: Decoded) -> Callable[..., Any]:
    def summarise(self: Any, chunk: Chunk, asked: Asked) -> Any:
        decoded[str(chunk.path), chunk.start, chunk.stop] += 1
        return honest(self, chunk, asked)

    return summarise
