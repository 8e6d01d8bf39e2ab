# SPDX-License-Identifier: Apache-2.0
"""Put compiled loops into the wheel where YANSHOU_COMPILED names their folder; such a wheel is of one platform and one Python."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledHook(BuildHookInterface[Any]):
    """Nothing happens to a wheel without compiled loops, nor to an editable one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built."""
        folder = os.environ.get("YANSHOU_COMPILED", "")
        if folder and version != "editable":
            build_data["force_include"][str(Path(folder).resolve())] = "harness/compiled"
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
