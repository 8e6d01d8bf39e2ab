# SPDX-License-Identifier: Apache-2.0
"""JSON Schema (draft 2020-12) of scenario and profile files, for editors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from harness.spec.documents import MoreSourceDoc, ProfileDoc, ScenarioDoc, SourceDoc
from harness.spec.strict import Document


def schemas(settings: Mapping[str, type[Document]] = MappingProxyType({})) -> dict[str, dict[str, Any]]:
    """The schema of each kind of file: ``scenario`` and ``profile``; ``settings``: those of each installed probe."""
    made = {"scenario": ScenarioDoc.model_json_schema(), "profile": _with_settings(settings)}
    return {
        name: {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"urn:yanshou:{name}:1", **_strict(schema)}
        for name, schema in made.items()
    }


def _with_settings(settings: Mapping[str, type[Document]]) -> dict[str, Any]:
    """The schema of a profile in which a source that names a known probe has that probe's settings and no others."""
    schema = ProfileDoc.model_json_schema()
    if not settings:
        return schema
    known: dict[str, Any] = {}
    for probe, form in sorted(settings.items()):
        own = form.model_json_schema(ref_template=f"#/$defs/{probe}.{{model}}")
        known |= {f"{probe}.{name}": each for name, each in own.pop("$defs", {}).items()}
        own.pop("additionalProperties")  # the keys that are not the probe's stand beside its own
        defaults = form.defaults()
        own["properties"] = {
            key: _or_simulated(each, defaults.get(key)) for key, each in own.get("properties", {}).items()
        }
        known[probe] = own
    for place in (SourceDoc, MoreSourceDoc):
        beside = [field.alias or name for name, field in place.model_fields.items()]
        schema["$defs"][place.__name__]["allOf"] = [_branch(probe, known[probe], beside) for probe in sorted(settings)]
    schema["$defs"] |= known | {"Simulated": {"type": "string", "pattern": _SIMULATED}}
    return schema


_SIMULATED = r"^@[^\s.]+\.\S+$"


def _or_simulated(schema: dict[str, Any], default: Any) -> dict[str, Any]:
    """A setting, or the name of what a simulator gives in its place; what a reader is told stays outside."""
    schema.pop("default", None)
    description = schema.pop("description", "")
    plain = {"anyOf": [_strict(schema), {"$ref": "#/$defs/Simulated"}], "description": description}
    return plain if default is None else {**plain, "default": default}


def _branch(probe: str, own: Mapping[str, Any], beside: Sequence[str]) -> dict[str, Any]:
    return {
        "if": {"properties": {"probe": {"const": probe}}, "required": ["probe"]},
        "then": {"$ref": f"#/$defs/{probe}", "propertyNames": {"enum": sorted({*beside, *own["properties"]})}},
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
