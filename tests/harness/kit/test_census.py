# SPDX-License-Identifier: Apache-2.0
"""The census against brute force: one thing is counted once, two sources have to agree, a contradiction is told."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from harness.kit.census import Item, Kinds, Sighting, busiest, groups, join, relays, repeats, without

KINDS = Kinds(frozenset({"serial"}), frozenset({"mac"}), frozenset({"address"}))
marks = st.frozensets(
    st.tuples(st.sampled_from(["serial", "mac", "address"]), st.sampled_from(["1", "2", "3", "4"])), max_size=3
)


def item(*pairs: tuple[str, str], label: str = "x") -> Item:
    return Item(frozenset(pairs), label)


def sighting(source: str, *pairs: tuple[str, str], since: int = 0, until: int = 0) -> Sighting:
    return Sighting(source, frozenset(pairs), since, until)


@given(st.lists(marks, max_size=8))
def test_entries_that_share_a_mark_through_any_chain_are_one_and_no_others(entries):
    found = groups(entries)
    assert sorted(at for group in found for at in group) == list(range(len(entries)))
    assert [group[0] for group in found] == sorted(group[0] for group in found)
    of = {at: number for number, group in enumerate(found) for at in group}
    near = {at: {other for other in range(len(entries)) if entries[at] & entries[other]} for at in of}
    for at, number in of.items():
        reached = {at}
        while (more := set().union(*(near[each] for each in reached), reached)) != reached:
            reached = more
        assert {other for other in of if of[other] == number} == reached


@given(st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("123")), max_size=3), max_size=7))
def test_entries_that_repeat_nothing_share_no_mark(entries):
    found = repeats(entries)
    standing = [set(entry) for entry, clash in zip(entries, found, strict=True) if clash is None]
    assert all(not one & other for one, other in combinations(standing, 2))
    for at, clash in enumerate(found):
        assert clash is None or (clash[1] < at and found[clash[1]] is None)


def test_the_first_mark_that_is_taken_is_the_reason_and_shared_kinds_only_have_to_be_told():
    entries = [[("code", "1"), ("paper", "p")], [("code", "2"), ("paper", "p")], [("code", "2"), ("paper", "q")]]
    assert repeats(entries) == [None, ("paper", 0), None]
    assert repeats(entries, {"paper"}) == [None, ("paper", 0), ("code", 1)]


def test_an_item_is_seen_by_its_identity_by_its_carrier_and_by_its_place_alone():
    device = item(("serial", "1"), ("mac", "m"), ("address", "a"))
    rows = [
        sighting("core", ("serial", "1"), ("address", "elsewhere"), since=1, until=2),
        sighting("arp", ("mac", "m"), since=5, until=9),
        sighting("ping", ("address", "a")),
        sighting("other", ("serial", "2")),
    ]
    found = join([device], rows, KINDS)
    assert found.found == (frozenset({"core", "arp", "ping"}),)
    assert found.intervals == (((1, 2), (5, 9)),)
    assert ("address", "elsewhere") in found.marks[0]
    assert (found.union, found.agreed(3), found.agreed(4), found.unclaimed) == (1, 1, 0, 1)


def test_another_identity_or_carrier_at_the_place_contradicts_and_never_counts():
    device = item(("serial", "1"), ("mac", "m"), ("address", "a"))
    for mark in [("serial", "2"), ("mac", "n")]:
        found = join([device], [sighting("arp", mark, ("address", "a"))], KINDS)
        assert (found.union, len(found.contradictions[0]), found.unclaimed) == (0, 1, 0)


def test_an_identity_that_cannot_be_compared_does_not_make_its_place_a_proof():
    device = item(("mac", "m"), ("address", "a"))
    found = join([device], [sighting("core", ("serial", "9"), ("address", "a"))], KINDS)
    assert (found.union, found.contradictions) == (0, ((),))
    nameless = item(("address", "a"))
    assert join([nameless], [sighting("arp", ("mac", "m"), ("address", "a"))], KINDS).union == 1


@given(st.lists(marks, max_size=4), st.lists(st.tuples(st.sampled_from("xyz"), marks), max_size=6))
def test_the_union_never_falls_and_claims_never_rise_with_more_sightings(things, told):
    items = [Item(each, "") for each in things]
    rows = [Sighting(source, each) for source, each in told]
    before, after = join(items, rows[:-1], KINDS), join(items, rows, KINDS)
    assert after.union >= before.union
    assert after == join(items, [*rows[::-1], *rows], KINDS)


def test_a_carrier_at_several_places_stands_before_others_and_identifies_nobody():
    rows = [sighting("arp", ("mac", "m"), ("address", each)) for each in "abc"]
    rows.append(sighting("arp", ("mac", "n"), ("address", "d")))
    assert relays(rows, "mac", "address", 3) == {"m": 3}
    assert relays(rows, "mac", "address", 4) == {}
    assert without(rows, {("mac", "m")})[0] == sighting("arp", ("address", "a"))


intervals = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)).map(lambda each: (each[0], sum(each))), max_size=3),
    max_size=5,
)


@given(intervals, st.integers(0, 10))
def test_the_busiest_window_is_that_of_trying_every_one(seen, window):
    def met(start: int) -> int:
        return sum(any(a <= start + window and b >= start for a, b in each) for each in seen)

    best, opened = busiest(seen, window)
    assert best == max(map(met, range(-11, 40)))
    assert not best or met(opened) == best


def test_without_a_window_whatever_was_ever_seen_counts():
    assert busiest([[(5, 6)], [(2, 3)], []], None) == (2, 2)
