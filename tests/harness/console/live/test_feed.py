# SPDX-License-Identifier: Apache-2.0
"""What a page is told when it comes, when it comes back, and when it is slow."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from harness.console.live.feed import MOST_POINTS, Feed


async def told(feed: Feed, last: str, many: int) -> list[tuple[str, str, Any]]:
    """The next events of a connection: id, kind, value."""
    found: list[tuple[str, str, Any]] = []
    async for piece in feed.events(last):
        lines = piece.decode().split("\n")
        if lines[0].startswith("id: "):
            found.append((lines[0][4:], lines[1][7:], json.loads(lines[2][6:])))
        if len(found) == many:
            break
    return found


async def filled(numbers: Iterable[int]) -> Feed:
    feed = Feed()
    for number in numbers:
        await feed.put({"n": number}, [{"t": number}])
    return feed


def test_a_page_that_comes_gets_everything_and_the_newest_state() -> None:
    async def scene() -> None:
        first, second = await told(await filled(range(5)), "", 2)
        assert first[1:] == ("trend", {"points": [{"t": number} for number in range(5)]})
        assert second[1:] == ("state", {"n": 4})

    asyncio.run(scene())


def test_a_page_that_comes_back_gets_what_it_missed_and_no_more() -> None:
    async def scene() -> None:
        feed = await filled(range(5))
        (last, *_), _ = await told(feed, "", 2)
        await feed.put({"n": 5}, [{"t": 5}])
        await feed.put({"n": 6}, [{"t": 6}])
        first, second = await told(feed, last, 2)
        assert first[1:] == ("points", {"points": [{"t": 5}, {"t": 6}]})
        assert second[2] == {"n": 6}

    asyncio.run(scene())


def test_a_page_of_another_console_or_with_a_wild_number_starts_afresh() -> None:
    async def scene() -> None:
        feed = await filled(range(3))
        for last in ("deadbeef-2", f"{feed.boot}-", f"{feed.boot}--1", f"{feed.boot}-{'9' * 400}", "x" * 5000):
            first, _ = await told(feed, last, 2)
            assert first[1] == "trend"
            assert len(first[2]["points"]) == 3

    asyncio.run(scene())


def test_nothing_piles_up_for_a_slow_page() -> None:
    async def scene() -> None:
        feed = await filled([0])
        stream = feed.events("")
        pieces = [await anext(stream) for _ in range(3)]
        for number in range(1, 1000):
            await feed.put({"n": number}, [])
        pieces = [await anext(stream) for _ in range(2)]
        assert b'"n":999' in pieces[1]

    asyncio.run(scene())


def test_points_stay_bounded_and_keep_both_ends() -> None:
    async def scene() -> None:
        feed = await filled(range(5 * MOST_POINTS))
        times = [point["t"] for _, point in feed.points]
        assert len(times) <= MOST_POINTS
        assert times[0] == 0
        assert times[-1] == 5 * MOST_POINTS - 1
        assert times == sorted(times)

    asyncio.run(scene())
