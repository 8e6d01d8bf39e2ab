# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas (draft 2020-12): of what people write, and of what a bundle's verdicts are read from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from harness import documents, pictures, spec
from harness.spec.strict import Document


def schemas(settings: Mapping[str, type[Document]] = MappingProxyType({})) -> dict[str, dict[str, Any]]:
    """The schema of each kind of file by its name; ``settings``: those of each installed probe."""
    return {
        **spec.schemas(settings),
        "results": _schema(documents.Results, documents.SCHEMA),
        "figures": _schema(pictures.Pictures, pictures.SCHEMA),
    }


def _schema(model: type[BaseModel], name: str) -> dict[str, Any]:
    made = model.model_json_schema(mode="serialization")
    urn = f"urn:{name.replace('.', ':').replace('/', ':')}"
    untitled: dict[str, Any] = _without_titles(made)
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": urn, **untitled}


def _without_titles(schema: Any) -> Any:
    """Without the titles that only repeat a key's name."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_titles(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))
    }
