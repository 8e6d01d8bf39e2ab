# SPDX-License-Identifier: Apache-2.0
"""Each trace is decoded once for all who read it, and nobody's entry depends on who else does."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import profiles
from harness import installed
from harness.campaign import run
from harness.evaluate import bundle_profile
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import canonical_bytes
from harness.evidence.journal import read_journal
from harness.evidence.keys import generate
from harness.plugins import Asked, Chunk
from harness.records import record_of
from harness.summaries import owners
from tests.conformance.campaigns import SITES

WITHOUT_WAITING = (
    "demo_s08",
    "more_s06_1_baseline",
    "more_s06_2_change",
    "more_s03",
    "more_s07",
    "more_p01",
    "s01_capture",
)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, int, int]]:
    """How often each chunk of each trace or document was summarised."""
    counted: Counter[tuple[str, int, int]] = Counter()
    for kind in {type(installed.probe(name)) for name in installed.names(installed.PROBES)}:
        if "summarise" in vars(kind):
            monkeypatch.setattr(kind, "summarise", _counting(kind.summarise, counted))
    return counted


def _counting(honest: Callable[..., Any], counted: Counter[tuple[str, int, int]]) -> Callable[..., Any]:
    def summarise(self: Any, chunk: Chunk, asked: Asked) -> Any:
        counted[str(chunk.path), chunk.start, chunk.stop] += 1
        return honest(self, chunk, asked)

    return summarise


def readers(root: Path, owner: str) -> set[str]:
    """The indicators that read the traces of one."""
    profile = bundle_profile(Bundle.open(root))
    return {each for each in profile.bindings if owner in owners(profile, each)}


def traces(root: Path) -> set[str]:
    """Every segment that was recorded."""
    bundle = Bundle.open(root)
    return {str(path) for each in record_of(bundle, read_journal(bundle.journal_path)).traces for path in each.segments}


def test_every_trace_of_every_demonstration_is_decoded_once(
    decoded: Counter[tuple[str, int, int]], tmp_path: Path
) -> None:
    folder = tmp_path / "profiles"
    shutil.copytree(Path(profiles.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    generate(folder / "demo", sm2=True)
    for name in WITHOUT_WAITING:
        decoded.clear()
        done = run(folder / f"{name}.yaml", tmp_path)
        assert set(decoded.values()) == {1}, name
        assert {path for path, _, _ in decoded} >= traces(done.root), name


@pytest.mark.parametrize("domain", SITES)
def test_a_trace_that_is_lent_is_decoded_once_and_its_owner_has_the_same_entry(
    decoded: Counter[tuple[str, int, int]], domain: str, tmp_path: Path
) -> None:
    site, entries = SITES[domain], []
    for lent in (False, True):
        decoded.clear()
        done = site.run(tmp_path / str(lent), lent=lent)
        assert set(decoded.values()) == {1}
        assert {path for path, _, _ in decoded} >= traces(done.root)
        assert readers(done.root, site.owner) == {site.owner, *(site.borrowers if lent else ())}
        (found,) = (each for each in done.evaluation.results["indicators"] if each["id"] == site.owner)
        entries.append(found)
    assert entries[0]["estimate"] is not None
    assert canonical_bytes(entries[0]) == canonical_bytes(entries[1])
