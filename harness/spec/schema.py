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
        name: {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"yanshou.{name}/1", **schema}
        for name, schema in made.items()
    }
