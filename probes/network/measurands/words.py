# SPDX-License-Identifier: Apache-2.0
"""How the network domain says something: its words, and lists whose heads are among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.kit import listings
from harness.kit.listings import Column, Listing
from harness.kit.words import Catalogue
from harness.model import Text

WORDS = Catalogue("probes.network")


def listing(key: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any] | Sequence[Any]]) -> Listing:
    """A list with the title ``list-<key>``, of columns (key, unit) with the heads ``column-<key>``."""
    heads = tuple(Column(name, head(name), unit) for name, unit in columns)
    return Listing(key, WORDS.text(f"list-{_dashed(key)}"), heads, rows)


def names(key: str, labels: Sequence[str]) -> Listing:
    """A list of nothing but names."""
    return listing(key, (("node", ""),), [{"node": label} for label in labels])


def facts(key: str, values: Mapping[str, Any]) -> Listing:
    """Single values by name, the name of each among the words as ``column-<name>``."""
    return listings.facts(key, WORDS.text(f"list-{_dashed(key)}"), [(head(name), values[name]) for name in values])


def head(name: str) -> Text:
    """The head of a column."""
    return WORDS.text(f"column-{_dashed(name)}")


def _dashed(key: str) -> str:
    return key.replace("_", "-")
