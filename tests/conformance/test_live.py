# SPDX-License-Identifier: Apache-2.0
"""What measurands tell in the live view: of good evidence and of bad, in both languages, and of evidence cut off anywhere."""

import pickle
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import installed
from harness.console import language
from harness.console.live.shown import distinct
from harness.errors import YanshouError
from harness.model import Line, Outcome
from harness.testing import answer
from harness.watch.now import ALWAYS, Now
from tests.conformance.laws import LAWS
from tests.conformance.laws.law import Law

BY_LINES = {live: each for each in LAWS if (live := installed.measurand(each.measurand).live)}
TELLING = [
    pytest.param(law, bad, id=f"{law}-{bad or 'good'}") for law in BY_LINES.values() for bad in ["", *law.bad][:3]
]


def told(law: Law, folder: Path, bad: str) -> Sequence[Line]:
    question = law.question(spoilt=bool(bad))
    inputs = law.inputs(folder, question, *([law.bad[bad]] if bad else []))
    view = installed.resolve(question.record.view)(tuple(inputs), question.ask)
    outcome: Outcome = answer(inputs, question)[0]
    found: Sequence[Line] = installed.resolve(question.record.live)(view, outcome, question.request)
    return found


@pytest.mark.parametrize(("law", "bad"), TELLING)
def test_every_line_is_said_in_both_languages_and_travels(law: Law, bad: str, tmp_path: Path) -> None:
    try:
        lines = tuple(told(law, tmp_path, bad))
    except YanshouError:  # evidence that is refused as a whole
        assert bad
        return
    now = Now(law.measurand, lines[0].title if lines else None, True, None, ALWAYS, "INCONCLUSIVE", lines=lines)  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(now)) == now
    for line in lines:
        assert line.title.zh or line.said.zh or line.names
        assert not re.search(r"[\u4e00-\u9fff]", line.title.en + line.said.en)
        assert not re.search(r"\{|\bnan\b|\binf\b", line.said.en)
    for lang in ("zh", "en"):
        language.use(lang)
        try:
            assert len(distinct([now])[0]["lines"]) == len({repr(each) for each in lines})
        finally:
            language.use("")


def test_what_the_list_of_live_lines_names_is_there() -> None:
    named = [installed.measurand(name) for name in installed.names("yanshou.measurands")]
    live = {each.live for each in named if each is not None and each.live}
    assert {each.partition(".")[2].partition(".")[0] for each in live} >= {
        "network",
        "gnss",
        "plant",
        "register",
        "chain",
        "compute",
    }
    for reference in live:
        assert callable(installed.resolve(reference))
