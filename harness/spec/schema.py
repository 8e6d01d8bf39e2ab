# SPDX-License-Identifier: Apache-2.0
"""JSON Schema (draft 2020-12) of scenario and profile files, for editors."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from harness.spec.documents import ProfileDoc, ScenarioDoc


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file: ``scenario`` and ``profile``."""
    made = {"scenario": ScenarioDoc.model_json_schema(), "profile": ProfileDoc.model_json_schema()}
    return {
        name: {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"urn:yanshou:{name}:1", **_strict(schema)}
        for name, schema in made.items()
    }


_JSON_VALUE: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {"type": "array", "items": {"$ref": "#/$defs/JsonValue"}},
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/JsonValue"}},
    ]
}


def _strict(schema: Any) -> Any:
    """As strict as the loader: no null, no key that matches no pattern; and no titles that only repeat a key's name."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _strict(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if kept.get("anyOf", [])[1:] == [{"type": "null"}]:
        kept = kept.pop("anyOf")[0] | {key: value for key, value in kept.items() if value is not None}
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    if kept.get("JsonValue") == {}:
        kept["JsonValue"] = _JSON_VALUE
    return kept
