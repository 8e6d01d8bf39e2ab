# SPDX-License-Identifier: Apache-2.0
"""The bench's own manners; what it measures is measured by ``make bench`` alone."""

from __future__ import annotations

from tests.bench import run


def test_a_word_that_is_in_no_name_is_an_error_and_not_a_success(monkeypatch, capsys) -> None:
    monkeypatch.setattr(run, "found", lambda words: [])  # to collect the benches makes their logs: half a minute
    assert run.main(["walrus"]) == 2
    assert "'walrus'" in capsys.readouterr().err
