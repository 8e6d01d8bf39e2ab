# SPDX-License-Identifier: Apache-2.0
"""A watch over settings: whatever of a source's settings a summary or a statistic reads has to be printed with the verdict."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, get_args

import pytest

from harness.kit.settings import Criterial, InFile, Settings, _markers

Read = tuple[type[Settings], str]
T = TypeVar("T")


def records(annotation: Any) -> set[type[Settings]]:
    """The classes of settings within an annotation."""
    own = {annotation} if isinstance(annotation, type) and issubclass(annotation, Settings) else set()
    return own.union(*map(records, get_args(annotation)))


def printed(form: type[Settings], name: str) -> bool:
    """Whether a setting stands beside the verdict, names files that the evidence holds, or only holds records of its own."""
    field = form.model_fields[name]
    marks = [*field.metadata, *_markers(field.annotation, Criterial), *_markers(field.annotation, InFile)]
    return any(isinstance(each, (Criterial, InFile)) for each in marks) or bool(records(field.annotation))


def whole() -> set[type[Settings]]:
    """Records that are printed whole, as the value of a setting that is printed."""
    forms, found = list(Settings.__subclasses__()), set[type[Settings]]()
    for form in forms:
        forms += [each for each in form.__subclasses__() if each not in forms]
        for field in form.model_fields.values():
            if any(isinstance(each, Criterial) for each in field.metadata):
                found |= records(field.annotation)
    return found


def unprinted(read: set[Read]) -> set[str]:
    """What was read and stands nowhere beside the verdict."""
    told = whole()
    return {f"{form.__name__}.{name}" for form, name in read if form not in told and not printed(form, name)}


class Watch:
    """What was read of any record of settings while it was on, as the record's class and the field's name."""

    def __init__(self) -> None:
        """Off, nothing read."""
        self.read, self.on = set[Read](), False

    def during(self, work: Callable[..., T]) -> Callable[..., T]:
        """``work``, watched."""

        def watched(*given: Any, **named: Any) -> T:
            self.on = True
            try:
                return work(*given, **named)
            finally:
                self.on = False

        return watched


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """At the end of the test nothing may have been read, while the watch was on, that no reader of the verdict sees."""
    found, plain, fields = Watch(), Settings.__getattribute__, dict[type[Settings], frozenset[str]]()

    def noticed(self: Settings, name: str) -> Any:
        if found.on:
            form = type(self)
            if name in fields.setdefault(form, frozenset(form.model_fields)):
                found.read.add((form, name))
        return plain(self, name)

    monkeypatch.setattr(Settings, "__getattribute__", noticed, raising=False)
    yield found
    assert unprinted(found.read) == set()
