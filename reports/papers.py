# SPDX-License-Identifier: Apache-2.0
"""Papers that are no report of a bundle: the sealed plan (测试大纲) and the record of validation (软件确认记录), as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from harness.errors import UsageError
from harness.printable import printable
from reports import names
from reports.html import environment
from reports.paper import planned
from reports.paper.dagang import dagang
from reports.words import words

_WRITERS = ("pdf", "docx", "ofd")
"""Modules that are named as what they write, and so is the function in each."""


def plan(content: Mapping[str, Any], lang: str, kind: str = "html") -> dict[str, bytes]:
    """The page of a plan, for whoever is to counter-sign it; ``content``: the plan, its digest and its signatures.

    ``kind``: html, pdf, docx or ofd; UsageError for another one.
    """
    if kind == "html":
        return {"html": _page("plan.html.j2", content, lang)}
    if kind not in _WRITERS:
        msg = f"There is no report format {kind!r}."
        raise UsageError(msg, cure=f"use one of: html, {', '.join(_WRITERS)}.")
    write = getattr(import_module(f"reports.writers.{kind}"), kind)
    return {kind: write(dagang(content, lang))}


def validation(content: Mapping[str, Any], lang: str, kind: str = "html") -> dict[str, bytes]:
    """The page of a validation: the software, the machine, every case; ``kind``: html."""
    return {kind: _page("validation.html.j2", content, lang)}


def _page(template: str, content: Mapping[str, Any], lang: str) -> bytes:
    text = environment().get_template(template).render(it=content, lang=lang, t=words(lang), told=planned, names=names)
    return printable(text, keep="\n").encode()
