# SPDX-License-Identifier: Apache-2.0
"""The one kind of model that files are read into; in a room of its own, so that a probe's settings pay for no other."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """Base of every part of a file: strict, frozen, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=False, defer_build=True)
