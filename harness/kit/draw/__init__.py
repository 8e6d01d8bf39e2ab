# SPDX-License-Identifier: Apache-2.0
"""The public draw as a counting domain reads it, and as ``yanshou draw`` writes it (docs/how-to/draw-in-public.md)."""

from harness.agreed.witnessed import WORDS
from harness.kit.draw.protocol import (
    FIRST,
    SCHEMA,
    TYPED,
    Drawn,
    Round,
    Step,
    commitment,
    missing,
    next_line,
    read_draw,
    read_steps,
    replayed,
    sample,
    seed_of,
)

__all__ = [
    "FIRST",
    "SCHEMA",
    "TYPED",
    "WORDS",
    "Drawn",
    "Round",
    "Step",
    "commitment",
    "missing",
    "next_line",
    "read_draw",
    "read_steps",
    "replayed",
    "sample",
    "seed_of",
]
