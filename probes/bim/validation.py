# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of building models: libraries written here, with copies whose number is known."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.kit.validation import Case


def cases() -> Iterator[Case]:
    """A library, the same with types that only bear another name, and one that is cut."""
    yield Case("library", "constructed", partial(_counted, 30, 0, 2), [60, 60, 60, 30, 30])
    yield Case("near-copies", "constructed", partial(_counted, 30, 6, 1), [36, 36, 36, 36, 30])
    yield Case("cut", "constructed", _cut, "refused")


def _counted(types: int, copies: int, placed: int) -> list[int]:
    from probes.bim.digests.model import Models
    from probes.bim.digests.reading import model
    from probes.bim.measurands.components import clusters
    from probes.bim.simulators.library import LibrarySettings, written

    found = model(written(LibrarySettings(types=types, copies=copies, placed=placed)).encode())
    padding = clusters(Models((found,)))
    figures = [found.counts[each] for each in ("elements", "without_features", "distinct_ids")]
    return [*figures, padding.exact, padding.clustered]


def _cut() -> str:
    from harness.kit.unreadable import UnreadableError
    from probes.bim.digests.reading import model
    from probes.bim.simulators.library import LibrarySettings, written

    try:
        model(written(LibrarySettings(types=3)).encode()[:-40])
    except UnreadableError:
        return "refused"
    return "read"
