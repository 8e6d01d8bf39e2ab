# SPDX-License-Identifier: Apache-2.0
"""The moment of an analysis, against which the validity of a certificate is held."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)
