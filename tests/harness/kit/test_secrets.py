# SPDX-License-Identifier: Apache-2.0
"""No secret stands in a profile, and no file with one is anybody's to read."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bindings import Bindings
from harness.errors import SpecError, UsageError
from harness.kit.broker import BrokerSettings
from harness.kit.values import Secret, public_or_secret
from harness.spec import load_profile
from harness.spec.secrets import passwords


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "stamp.key"
    path.write_bytes(b"key")
    path.chmod(mode)
    with pytest.raises(UsageError, match="can be read by other users") as told:
        Secret.parse_or_file("stamp.key").read("the STAMP key", tmp_path)
    assert "chmod 600" in told.value.cure
    path.chmod(0o600)
    assert Secret.parse_or_file("stamp.key").read("the STAMP key", tmp_path) == b"key"


def test_a_word_that_opens_a_device_is_public_or_in_the_environment() -> None:
    assert public_or_secret("public") == "public"
    assert public_or_secret("env:COMMUNITY") == "env:COMMUNITY"
    for word in ("PLAINSECRET", "Public", "", "env:", "env:not a name"):
        with pytest.raises(SpecError):
            public_or_secret(word)


@pytest.mark.parametrize(
    "address",
    [
        "mqtt://u:PLAINSECRET@h:1883/t",
        "http://:PLAINSECRET@h/MOUNT",
        " mqtts://u:p:q@h",
        "tcp://u:@h",
        "ntrip+tls://u:p@[fd00::1]:2101/x",
        "https://u%3Ap@h/v1",
        "http://h/v1?api_key=PLAINSECRET",
        "wss://h/x?a=1&access_token=PLAINSECRET",
        "https://h/x?X-Amz-Signature=PLAINSECRET",
        "rtsp://h/x?user=u&password=p",
        "http://h/v1#token=PLAINSECRET",
        "HTTP://H/V1?Token=x",
    ],
)
def test_an_address_with_a_password_is_found_at_any_depth(address: str) -> None:
    for given_, where in (
        ({"mqtt": address}, ("mqtt",)),
        ({"sources": [{"x": "y"}, {"url": address}]}, ("sources", 1, "url")),
        ([address], (0,)),
    ):
        assert list(passwords(given_)) == [where]


@pytest.mark.parametrize(
    "text",
    [
        "mqtt://u@h:1883/t",
        "mqtt://h:1883/t",
        "mqtt://[fd00::1]:1883/a:b@c",
        "user:pass@h",
        "10.0.0.1:80",
        "a://h/x?y=z:1@2",
        "http://h/x?tokens=9&token=",
        "http://h/x?author=zhang&signal=3",
        "http://h/token=x/y?z=1",
    ],
)
def test_an_address_without_a_password_is_no_secret(text: str) -> None:
    assert list(passwords({"x": text, "n": 7, "none": None})) == []


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_settings_can_be_looked_through(value: Any) -> None:
    assert len(list(passwords(value))) >= 0


def test_a_profile_with_a_password_in_an_address_is_refused_with_its_place(scales: Path) -> None:
    text = scales.read_text(encoding="utf-8").replace("file: scale.log", "file: mqtt://u:PLAINSECRET@h/t")
    scales.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="the address carries a password") as told:
        Bindings(load_profile(scales), scales).check()
    assert f"{scales}:10:" in str(told.value)
    assert "env:NAME" in str(told.value)
    assert "PLAINSECRET" not in str(told.value)


@pytest.mark.parametrize("user", [{}, {"user": "u"}])
def test_a_brokers_password_is_never_plain_with_a_user_or_without(user: dict[str, str]) -> None:
    given_ = {"broker": "h", "duration": "1 min", "password": "PLAINSECRET", **user}
    with pytest.raises(SpecError, match="the secret stands in the profile") as told:
        BrokerSettings.parse(given_)
    assert "PLAINSECRET" not in str(told.value)


def test_a_password_in_an_address_outside_the_sources_is_refused_with_its_place(scales: Path) -> None:
    text = scales.read_text(encoding="utf-8") + 'time_stamps: "https://u:PLAINSECRET@tsa.example/tsr"\n'
    scales.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="the address carries a password") as told:
        load_profile(scales)
    assert "PLAINSECRET" not in str(told.value)
    assert "time_stamps" in str(told.value)
