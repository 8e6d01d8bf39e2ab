# SPDX-License-Identifier: Apache-2.0
"""No setting of a source takes part in a summary or a verdict without being printed beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

from harness.kit.settings import Criterial, InFile, Settings, marks


@contextmanager
def only_what_is_printed_decides() -> Iterator[set[str]]:
    """Assert that whatever is read of any source's settings meanwhile stands beside the verdict, as ``Class.setting``.

    That is a setting marked ``Criterial()``, one within a record that is printed whole, and the name of a file, which the
    evidence holds. Gives the names read so far. Not for several threads at a time.
    """
    read, plain = set[tuple[type[Settings], str]](), Settings.__getattribute__
    before = vars(Settings).get("__getattribute__")
    fields, told = dict[type[Settings], frozenset[str]](), set[str]()

    def noticed(self: Settings, name: str) -> Any:
        form = type(self)
        if name in fields.setdefault(form, frozenset(form.model_fields)):
            read.add((form, name))
            told.add(f"{form.__name__}.{name}")
        return plain(self, name)

    Settings.__getattribute__ = noticed  # type: ignore[method-assign, assignment]
    try:
        yield told
    finally:
        if before is None:
            del Settings.__getattribute__
        else:
            Settings.__getattribute__ = before  # type: ignore[method-assign]
    whole = _printed_whole()
    unseen = sorted(f"{form.__name__}.{name}" for form, name in read if form not in whole and not _printed(form, name))
    assert not unseen, f"{unseen} take part and are printed nowhere: mark them Criterial()"


def _printed(form: type[Settings], name: str) -> bool:
    """Whether a setting stands beside the verdict, names files that the evidence holds, or only holds records of its own."""
    field = form.model_fields[name]
    found = [*field.metadata, *marks(field.annotation, Criterial), *marks(field.annotation, InFile)]
    return any(isinstance(each, (Criterial, InFile)) for each in found) or bool(_records(field.annotation))


def _printed_whole() -> set[type[Settings]]:
    """Records that are printed whole, as the value of a setting that is printed."""
    forms, found = list(Settings.__subclasses__()), set[type[Settings]]()
    for form in forms:
        forms += [each for each in form.__subclasses__() if each not in forms]
        for each_field in form.model_fields.values():
            if any(isinstance(each, Criterial) for each in each_field.metadata):
                found |= _records(each_field.annotation)
    return found


def _records(annotation: Any) -> set[type[Settings]]:
    """The classes of settings within an annotation."""
    own = {annotation} if isinstance(annotation, type) and issubclass(annotation, Settings) else set()
    return own.union(*map(_records, get_args(annotation)))
