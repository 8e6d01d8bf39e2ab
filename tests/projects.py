# SPDX-License-Identifier: Apache-2.0
"""The first eight lines of a profile: its scenario, whose project it is, and who tests."""

from __future__ import annotations


def head(scenario: str, *, name: str = "测试项目", end: str = "2024-05-18") -> str:
    """For an installed scenario by its name or a file's path."""
    return f"""\
schema: yanshou.profile/1
scenario: {scenario}
project:
  name: {name}
  applicant: {{name: 示例企业00, uscc: 91420100MA4KXXXX0A}}
  period: {{start: 2023-05-18, end: {end}}}
  site: 武汉
test: {{kind: self-check, organisation: 测试, operator: 测试}}
"""
