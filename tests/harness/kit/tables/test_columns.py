# SPDX-License-Identifier: Apache-2.0
"""A unit stands behind the name of a column however programs, data bases and people write it there; a word that is none stays part of the name."""

import pytest

from harness.kit.tables import Columns, read
from harness.kit.tables.columns import stated_unit, stem
from harness.model import Text

NOUN = Text("表", "table")


@pytest.mark.parametrize(
    ("heading", "name", "unit"),
    [
        ("RTT_MS", "rtt", "ms"), ("rtt(msec)", "rtt", "ms"), ("Latency (milliseconds)", "latency", "ms"), ("rtt_usec", "rtt", "us"), ("DELAY_US", "delay", "us"), ("delay (seconds)", "delay", "s"),
        ("时延ms", "时延", "ms"), ("rttMs", "rtt", "ms"), ("RTTms", "rtt", "ms"), ("RTT in ms", "rtt", "ms"), ("RTT, ms", "rtt", "ms"), ("往返时延，ms", "往返时延", "ms"), ("RTT:ms", "rtt", "ms"),
    ],
)  # fmt: skip
def test_a_unit_is_found_in_every_spelling(heading: str, name: str, unit: str) -> None:
    assert (stem(heading), stated_unit(heading)) == (name, unit)


@pytest.mark.parametrize("heading", ["forms", "items", "Items", "SMS", "VMs", "GPUs", "atoms", "columns", "电流A", "产量t", "rtt_sec"])  # fmt: skip
def test_what_only_ends_like_a_unit_is_a_name(heading: str) -> None:
    assert stated_unit(heading) == ""
    assert stem(heading) == heading.lower()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_known_by_its_zeros(encoding: str) -> None:
    text = "time,rtt(ms)\n" + "".join(f"{at},1.5\n" for at in range(40))
    columns = Columns({"time": ("time",), "rtt": ("rtt",)}, [{"time"}, {"rtt"}], NOUN)
    assert len(read(text.encode(encoding), columns)) == 40


def test_a_head_behind_a_number_sign_is_a_head_and_the_sign_alone_a_name() -> None:
    columns = Columns({"time": ("time",), "number": ("#",)}, [{"time"}], NOUN)
    assert read(b"#time,#\n5,1\n", columns).index == {"time": 0, "number": 1}
