# SPDX-License-Identifier: Apache-2.0
"""Tables that people keep, CSV or XLSX, as rows whose cells are asked for by field; nothing in them is guessed."""

from harness.kit.tables.caveats import (
    Caveat,
    Caveats,
    Kind,
    against,
    hedges,
    says_yes,
    takes_back,
)
from harness.kit.tables.columns import Columns, fold
from harness.kit.tables.commas import dotted
from harness.kit.tables.measured import says_edited, says_selected, says_summed_up, unedited, whole
from harness.kit.tables.origins import beside, happened, invented, recorded, sole, titled
from harness.kit.tables.reading import decoded, extension, read
from harness.kit.tables.rows import Row, Table
from harness.kit.tables.titles import held, takes_all_back

__all__ = [
    "Caveat",
    "Caveats",
    "Columns",
    "Kind",
    "Row",
    "Table",
    "against",
    "beside",
    "decoded",
    "dotted",
    "extension",
    "fold",
    "happened",
    "hedges",
    "held",
    "invented",
    "read",
    "recorded",
    "says_edited",
    "says_selected",
    "says_summed_up",
    "says_yes",
    "sole",
    "takes_all_back",
    "takes_back",
    "titled",
    "unedited",
    "whole",
]
