# SPDX-License-Identifier: Apache-2.0
"""Looking at a bundle that grows, or at one that is done: what is new is read, nothing is written.

The journal is the only authority: which bytes belong to which trace, what ended, what was sealed. So a looker that is
started late, or again, says what one that was there all the time says.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from harness.agreed.agreement import agreement_of, without
from harness.documents import read_results
from harness.errors import YanshouError
from harness.evaluate import bundle_profile, provisional
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import parse
from harness.evidence.tail import Tail
from harness.records import record_of
from harness.spec import Profile
from harness.summaries import Memory
from harness.watch.course import Course
from harness.watch.now import Now, final_of, now_of


class Looker:
    """Everything a look needs, kept from look to look; ``course`` is where the campaign stands."""

    def __init__(self, root: Path, *, watchable: bool = False) -> None:
        """``root``: the bundle's folder, which need not be there yet. ``watchable``: only bounds that hold at every look, whatever was judged."""
        self.bundle = Bundle(root)
        self.course = Course()
        self.tail = Tail(self.bundle.journal_path)
        self._watchable, self._memory, self._attempt = watchable, Memory(), 0
        self._profile: Profile | None = None

    def read(self) -> bool:
        """Take what the journal says since the last time; whether it said anything. OSError when it cannot be read."""
        before = self.course.count, self.tail.broken
        for event in self.tail.more():
            self.course.take(event)
        return before != (self.course.count, self.tail.broken)

    @property
    def profile(self) -> Profile | None:
        """The profile inside the bundle, once the campaign began; EvidenceError when it does not load."""
        if self._profile is None and self.course.state != "waiting":
            self._profile = bundle_profile(self.bundle)
        return self._profile

    def look(self, number: int) -> dict[str, Now]:
        """Every indicator as it stands at the ``number``-th look (from 1); YanshouError, OSError when nothing can be said."""
        profile = self.profile
        if profile is None or not self.course.attempt:
            return {}
        final = {} if self._watchable else self._final(profile)
        if final:
            return final
        if self._attempt != self.course.attempt:
            self._memory, self._attempt = Memory(), self.course.attempt
        events = tuple(self.course.kept)  # the journal may be read on meanwhile
        judged = without(profile, agreement_of(self.bundle, profile, events).undeclared)
        record = record_of(self.bundle, events, growing=True)
        found = provisional(judged, record, number, self._memory, watchable=self._watchable)
        return {name: now_of(judged.scenario.indicator(name), glance) for name, glance in found.items()}

    def _final(self, profile: Profile) -> dict[str, Now]:
        """What was judged, once the journal says so and these are the bytes it speaks of."""
        path = self.bundle.results_path
        if self.course.state not in {"sealing", "sealed"} or not path.is_file():
            return {}
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.course.results_sha256:
            return {}
        read_results(content, path.name)
        document = parse(content)
        limits = {name: profile.criterion(name).limit for name in (each["id"] for each in document["indicators"])}
        return {each["id"]: final_of(each, limits[each["id"]]) for each in document["indicators"]}


def looked(looker: Looker, number: int) -> dict[str, Now]:
    """The same, and empty where nothing can be read yet: the final evaluation names what is wrong."""
    try:
        looker.read()
        return looker.look(number)
    except (YanshouError, OSError):
        return {}
