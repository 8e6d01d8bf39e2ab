# SPDX-License-Identifier: Apache-2.0
"""Every setting of the domain, of its simulators as well, says what it means in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from harness import installed
from harness.kit.settings import Settings
from probes.gnss.simulators.device import LiveReceiver, RecordedReceiver


def forms(annotation: Any) -> Iterator[type[Settings]]:
    """Every form of settings inside an annotation, and those inside it."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield annotation
        for field in annotation.model_fields.values():
            yield from forms(field.annotation)
    for each in get_args(annotation):
        yield from forms(each)


PROBES = [name for name in installed.names("yanshou.probes") if name.startswith("gnss.") or name == "network.track"]
EVERY = {form for name in PROBES for form in forms(installed.probe(name).settings)} | {LiveReceiver, RecordedReceiver}


@pytest.mark.parametrize(
    ("form", "name"),
    [(form, name) for form in sorted(EVERY, key=lambda each: each.__name__) for name in form.model_fields],
)
def test_every_setting_speaks_both_languages(form: type[Settings], name: str) -> None:
    field = form.model_fields[name]
    assert field.description
    assert any("\u4e00" <= letter <= "\u9fff" for letter in field.title or ""), (
        f"{form.__name__}.{name} has no Chinese title"
    )
