# SPDX-License-Identifier: Apache-2.0
"""A constant that the evidence contradicts counts as undeclared, and the reader is told."""

from __future__ import annotations

from dataclasses import replace

from harness.kit.words import Catalogue
from harness.model import Reason
from harness.plugins import Request
from harness.quantity import Quantity

WORDS = Catalogue("harness", "constants")


def contradicted(
    request: Request, name: str, seen: Quantity, *, above: bool = True
) -> tuple[Request, tuple[Reason, ...]]:
    """The request without the constant ``name`` where the evidence shows more (``above``; else less) than it allows.

    ``seen``: what the evidence shows, in the constant's dimension (the longest burst, the longest outage). The second part is
    a remark for the outcome; it is empty, and the request the same, where nothing is contradicted. A violation that is proven
    without the constant stays proven.
    """
    held = request.constant(name)
    if held is None or (seen <= held if above else seen >= held):
        return request, ()
    told = WORDS.reason("contradicted", constant=name, held=held, seen=seen)
    return replace(request, refuted=request.refuted | {name}), (told,)
