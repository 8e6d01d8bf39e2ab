# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of its clock is passed on; where it says nothing, nothing is claimed."""

import sys

import pytest

from harness.clock import KernelClock, clock_state, kernel_clock


def test_the_journal_gets_what_the_kernel_says() -> None:
    state, clock = clock_state(), kernel_clock()
    assert (state["synchronised"], type(state["max_error_us"])) == (clock.synchronised, type(clock.max_error_us))
    assert int(state["wall_ns"]) > 1_700_000_000 * 10**9
    assert int(state["monotonic_ns"]) > 0


def test_a_system_that_does_not_tell_has_no_synchronised_clock_and_an_error_of_16_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "plan9")
    clock = kernel_clock()
    assert clock == KernelClock(None, None)
    assert (clock.held, clock.bound_ns) == (False, 16_000_000_000)


def test_a_bound_is_told_in_nanoseconds() -> None:
    clock = KernelClock(synchronised=True, max_error_us=7)
    assert (clock.held, clock.bound_ns) == (True, 7000)
