# SPDX-License-Identifier: Apache-2.0
"""统一社会信用代码 as registers write it; the code itself is everybody's (harness.spec.uscc)."""

from harness.spec.uscc import (
    ALPHABET,
    ORGANISATION_WEIGHTS,
    WEIGHTS,
    body,
    check_character,
    defects,
    division,
    implausible,
    normalise,
    organisation_check_character,
)

__all__ = [
    "ALPHABET",
    "ORGANISATION_WEIGHTS",
    "WEIGHTS",
    "body",
    "check_character",
    "defects",
    "division",
    "implausible",
    "normalise",
    "organisation_check_character",
]
