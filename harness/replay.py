# SPDX-License-Identifier: Apache-2.0
"""Verify a bundle, evaluate it again and compare with what it says, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from harness.documents import SCHEMA, refuse_other_schema
from harness.errors import EvidenceError, UsageError
from harness.evaluate import Evaluation, evaluate
from harness.evidence.bundle import Bundle, walk
from harness.evidence.canonical import canonical_bytes, parse
from harness.evidence.defects import NotJsonError
from harness.evidence.pack import unpacked
from harness.evidence.verification import Verification
from harness.evidence.verify import verify
from harness.printable import printable

ENOUGH_FOR_WORKERS_BYTES = 64 * 2**20
"""Below this much evidence, starting worker processes costs more than it saves."""
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Replay:
    """A second evaluation of the same evidence, and where it differs from the sealed one (JSON paths).

    ``checked``: what the verification before it found. Who signed is not asked: that takes ``yanshou verify``.
    """

    evaluation: Evaluation
    differences: tuple[str, ...]
    checked: Verification

    @property
    def identical(self) -> bool:
        """True when every byte of results and figures came out the same."""
        return not self.differences


def replay(
    path: Path,
    *,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
    unverified: bool = False,
) -> Replay:
    """Verify a bundle (folder or packed), recompute its results.json and figures.json, and compare.

    EvidenceError when it has a defect, holds no results to compare with, or results in the form of another version.
    ``unverified`` goes on over defects of the seal; whatever is judged must hash to the journal's digests all the same.
    """
    with unpacked(path) as root:
        checked = verify(root)
        if not unverified:
            checked.require()
        bundle = Bundle.open(root)
        if not bundle.results_path.exists():
            msg = f"{path.name} holds no results.json: the campaign did not reach its verdict."
            raise EvidenceError(msg, cure="finish it with `yanshou run PROFILE --resume`.")
        refuse_other_schema(bundle.results_path.read_bytes(), SCHEMA, bundle.results_path.name)
        evaluation = evaluate(bundle, executor=executor, progress=progress, checked=checked)
        differences = (
            *_compare("results.json", bundle.results_path.read_bytes(), evaluation.results),
            *_compare("figures.json", _content(bundle.figures_path), evaluation.figures),
        )
    return Replay(evaluation, differences, checked)


def recomputed(path: Path, *, executor: Executor | None = None) -> Replay:
    """As :func:`replay` for whoever is about to print verdicts; EvidenceError when they are not the ones that recompute."""
    again = replay(path, executor=executor)
    if again.differences:
        told = "; ".join(again.differences[:_MOST_TOLD])
        msg = f"The verdicts of {path.name} are not what its records give: {told}."
        raise EvidenceError(msg, cure="see yanshou replay, and ask whoever made it.")
    return again


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


@contextmanager
def workers(jobs: int | None, scheduler: str | None, evidence: Path) -> Iterator[Executor | None]:
    """The executor that ``--jobs`` or ``--scheduler`` asks for; None (this process) for little evidence."""
    if scheduler is not None:
        yield _cluster(scheduler)
    elif jobs == 1 or (jobs is None and evidence_bytes(evidence) < ENOUGH_FOR_WORKERS_BYTES):
        yield None
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            yield pool


def evidence_bytes(path: Path) -> int:
    """How much evidence a bundle holds, packed or not, in bytes."""
    if path.is_dir():
        return sum(entry.size for entry in walk(path))
    return path.stat().st_size if path.exists() else 0


def _cluster(address: str) -> Executor:
    try:
        from distributed import Client
    except ImportError:
        msg = "--scheduler needs dask.distributed, which is not installed."
        raise UsageError(msg, cure="pip install 'yanshou[cluster]'.") from None
    executor: Executor = Client(address).get_executor()
    return executor


def _compare(name: str, sealed: bytes, value: Any) -> tuple[str, ...]:
    if sealed == canonical_bytes(value):
        return ()
    try:
        before = parse(sealed)
    except NotJsonError:
        return (f"{name}: not JSON",)
    return tuple(_differences(name, before, json.loads(canonical_bytes(value)))) or (f"{name}: not canonical",)


def _differences(path: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _differences(f"{path}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            name = left["id"] if isinstance(left, dict) and "id" in left else index
            yield from _differences(f"{path}[{name}]", left, right)
    elif before != after:
        yield f"{printable(path)}: sealed {_short(before)}, recomputed {_short(after)}"


def _short(value: Any) -> str:
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 80 else f"{text[:77]}..."
