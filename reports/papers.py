# SPDX-License-Identifier: Apache-2.0
"""Papers that are no report of a bundle: the sealed plan (测试大纲) and the record of validation (软件确认记录), as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.printable import printable
from reports.html import environment
from reports.words import words


def plan(content: Mapping[str, Any], lang: str) -> dict[str, bytes]:
    """The page of a plan, for whoever is to counter-sign it; ``content``: the plan, its digest and its signatures."""
    return {"html": _page("plan.html.j2", content, lang)}


def validation(content: Mapping[str, Any], lang: str) -> dict[str, bytes]:
    """The page of a validation: the software, the machine, every case."""
    return {"html": _page("validation.html.j2", content, lang)}


def _page(template: str, content: Mapping[str, Any], lang: str) -> bytes:
    text = environment().get_template(template).render(it=content, lang=lang, t=words(lang))
    return printable(text, keep="\n").encode()
