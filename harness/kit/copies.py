# SPDX-License-Identifier: Apache-2.0
"""Padding: near-copies among things that are counted, found by what they share and told as clusters beside the plain count.

Every indicator that counts shows two numbers: how many are exactly distinct, and how many clusters of near-copies they form.
PASS needs the clusters, FAIL the exactly distinct ones; between them a person has to look at the pairs. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import NamedTuple

from harness.kit.census import Mark, groups

_MARKS = re.compile(r"[\W_]+")
_LEGAL = re.compile(
    r"(?:股份有限责任|有限责任|股份有限|股份|有限)?(?:公司|集团)$|(?:CO|COMPANY|CORP|INC|LTD|LLC|LIMITED)+$"
)
_NUMBERED = re.compile(r"第?[0-9一二三四五六七八九十百]+(?:号|期|代|版|批|套|个|次|类|型)?|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]+")
_VERSION = re.compile(r"(?:V|VER|VERSION|版本|版)\d*(?:\.\d+)*|(?<=[^A-Z])[A-Z]$")
_COPY = re.compile(r"(?:副本|复制|拷贝|备份|修订|新版|升级版|COPY|NEW|FINAL)$")


class Copies(NamedTuple):
    """How many entries there are, how many clusters they form, and the clusters with more than one entry, as indices."""

    exact: int
    clustered: int
    groups: tuple[tuple[int, ...], ...]


def copies(entries: Sequence[Collection[Mark]]) -> Copies:
    """The clusters of entries that share a mark, directly or through others; an entry without marks stands alone."""
    found = groups(entries)
    return Copies(len(entries), len(found), tuple(tuple(each) for each in found if len(each) > 1))


def wording(text: str) -> str:
    """A name without blanks, punctuation, width and case: what is left when only the typing differs."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).upper())


def legal_name(text: str) -> str:
    """The wording of a company's name without its legal form: 有限公司 and 有限责任公司 of one name are near-copies."""
    plain = wording(text)
    return _LEGAL.sub("", plain) or plain


def outline(text: str) -> str:
    """The wording without numbers, versions and remarks that it is a copy: 质检算法 3 and 质检算法 4 V2.0 have one outline."""
    spaced = unicodedata.normalize("NFKC", text).upper()
    plain = _MARKS.sub("", _VERSION.sub("", spaced.strip()))
    while (shorter := _COPY.sub("", _NUMBERED.sub("", _VERSION.sub("", plain)))) != plain:
        plain = shorter
    return plain or wording(text)
