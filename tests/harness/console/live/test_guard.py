# SPDX-License-Identifier: Apache-2.0
"""Who is let in and whose posts are taken."""

import pytest

from harness.console.live.guard import COOKIE, CSRF_HEADER, Guard, Session, cookie, own_host

LOCAL = ("127.0.0.1", 8650)
HOST = "127.0.0.1:8650"


@pytest.fixture
def inside() -> tuple[Guard, Session]:
    guard = Guard()
    session = guard.enter(guard.token())
    assert session is not None
    return guard, session


def headers(session: Session, **more: str) -> dict[str, str]:
    own = {"host": HOST, "cookie": f"{COOKIE}={session.cookie}", "origin": f"http://{HOST}", CSRF_HEADER: session.csrf}
    return own | {key.replace("_", "-"): value for key, value in more.items()}


def test_a_token_lets_one_browser_in_once() -> None:
    guard = Guard()
    first, second = guard.token(), guard.token()
    assert guard.enter(first) is not None
    assert guard.enter(first) is None
    assert guard.enter("") is None
    assert guard.enter(second[:-1]) is None
    assert guard.enter(second) is not None


def test_the_page_may_read_and_post(inside: tuple[Guard, Session]) -> None:
    guard, session = inside
    assert guard.refusal("GET", "/events", headers(session), LOCAL) == ""
    assert guard.refusal("POST", "/notes", headers(session), LOCAL) == ""
    assert guard.session(headers(session)) == session
    assert "HttpOnly" in cookie(session)
    assert "SameSite=Strict" in cookie(session)


@pytest.mark.parametrize(
    "path", ["/", "/words", "/events", "/notes", "/photos/x", "/static/console.js", "//enter", "/enter/"]
)
def test_without_a_session_there_is_nothing_but_the_way_in(path: str) -> None:
    guard = Guard()
    for sent in ({}, {"cookie": f"{COOKIE}=x"}, {"cookie": f"{COOKIE}="}, {"cookie": "\0;;=;"}):
        assert guard.refusal("GET", path, {"host": HOST} | sent, LOCAL) == "no-session"
    assert guard.refusal("GET", "/enter", {"host": HOST}, LOCAL) == ""


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"origin": "http://evil.example"}, "forged-origin"),
        ({"origin": "null"}, "forged-origin"),
        ({"origin": ""}, "forged-origin"),
        ({"origin": "http://127.0.0.1:8651"}, "forged-origin"),
        ({"origin": "https://127.0.0.1:8650"}, "forged-origin"),
        ({"sec_fetch_site": "cross-site"}, "forged-origin"),
        ({"sec_fetch_site": "same-site"}, "forged-origin"),
        ({CSRF_HEADER: ""}, "no-token"),
        ({CSRF_HEADER: "guess"}, "no-token"),
        ({"host": "evil.example:8650"}, "foreign-host"),
    ],
)
def test_a_forged_post_is_refused_even_with_the_cookie(
    inside: tuple[Guard, Session], more: dict[str, str], why: str
) -> None:
    guard, session = inside
    for method in ("POST", "PUT", "DELETE"):
        assert guard.refusal(method, "/notes", headers(session, **more), LOCAL) == why


def test_a_token_of_one_session_is_no_token_of_another(inside: tuple[Guard, Session]) -> None:
    guard, session = inside
    other = guard.enter(guard.token())
    assert other is not None
    assert guard.refusal("POST", "/notes", headers(session) | {CSRF_HEADER: other.csrf}, LOCAL) == "no-token"


@pytest.mark.parametrize(
    ("host", "local", "own"),
    [
        ("127.0.0.1:8650", LOCAL, True),
        ("localhost:8650", LOCAL, True),
        ("localhost:8650", ("192.168.1.20", 8650), False),
        ("192.168.1.20:8650", ("192.168.1.20", 8650), True),
        ("192.168.1.21:8650", ("192.168.1.20", 8650), False),
        ("[::1]:8650", ("::1", 8650), True),
        ("127.0.0.1:80", LOCAL, False),
        ("127.0.0.1", LOCAL, False),
        ("", LOCAL, False),
        ("rebound.example:8650", LOCAL, False),
        ("127.0.0.1.evil.example:8650", LOCAL, False),
        ("evil@127.0.0.1:8650", LOCAL, False),
    ],
)
def test_only_the_address_it_came_in_by_is_its_host(host: str, local: tuple[str, int], own: bool) -> None:
    assert own_host(host, local) is own
