# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases that a domain offers for ``yanshou doctor --validate``."""

from harness.kit.validation.cases import GROUP, Case, Value, agrees

__all__ = ["GROUP", "Case", "Value", "agrees"]
