# SPDX-License-Identifier: Apache-2.0
"""The one kind of model that files are read into; in a room of its own, so that a probe's settings pay for no other."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class Document(BaseModel):
    """Base of every part of a file: strict, frozen, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=False, defer_build=True)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """What a file would say for each key that may be left out and has a value then."""
        plain = {name: field for name, field in cls.model_fields.items() if not field.validate_default}
        held = cls.model_construct().model_dump(mode="json", by_alias=True, exclude_none=True, include=set(plain))
        written = {field.alias or name: field.default for name, field in cls.model_fields.items() if name not in plain}
        return held | written


class OpenDocument(Document):
    """A mapping with settings of a probe beside the keys that are named here."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, defer_build=True)
    __pydantic_extra__: dict[str, JsonValue] = Field(init=False)

    @property
    def settings(self) -> dict[str, Any]:
        """The keys that are the probe's business."""
        return dict(self.__pydantic_extra__ or {})
