# SPDX-License-Identifier: Apache-2.0
"""Times that people write, as UTC ns since 1970."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_ns(text: str) -> int:
    """An ISO 8601 time as ns since 1970, UTC where it names no zone; ValueError when it is none."""
    moment = datetime.fromisoformat(text.strip())
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.replace(microsecond=0).timestamp()) * 10**9 + moment.microsecond * 1000
