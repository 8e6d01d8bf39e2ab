# SPDX-License-Identifier: Apache-2.0
"""Huawei's CPEs, asked over HTTP by the optional library huawei-lte-api; one that wants a login says so in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError
from probes.network.plans.radio import ModemSettings

_TIMEOUT_S = 5.0


class Cpe:
    """A CPE with a session."""

    def __init__(self, modem: ModemSettings, folder: Path) -> None:
        """Connect, and log in where a user is named; InstrumentError when that fails or the library is absent."""
        self._url = modem.huawei or ""
        try:
            from huawei_lte_api.Client import Client
            from huawei_lte_api.Connection import Connection
        except ImportError:
            raise InstrumentError(
                "Huawei CPEs are asked by huawei-lte-api, which is not installed.", cure="pip install 'yanshou[cpe]'."
            ) from None
        password = modem.password.text("the CPE's password", folder) if modem.password else None
        self._connection = self._told(lambda: Connection(self._url, modem.user, password, timeout=_TIMEOUT_S))
        self._client = Client(self._connection)

    def asked(self) -> list[list[Any]]:
        """Device, signal, state and network, as it says them."""
        client = self._client
        questions = {
            "device/information": client.device.information,
            "device/signal": client.device.signal,
            "monitoring/status": client.monitoring.status,
            "net/current-plmn": client.net.current_plmn,
        }
        return [[name, self._told(ask)] for name, ask in questions.items()]

    def close(self) -> None:
        """Log out."""
        with suppress(Exception):  # a CPE that went away cannot be taken leave of
            self._connection.close()

    def _told(self, ask: Callable[[], Any]) -> Any:
        from huawei_lte_api.exceptions import ResponseErrorException, ResponseErrorLoginRequiredException
        from requests.exceptions import RequestException

        try:
            return ask()
        except ResponseErrorLoginRequiredException:
            msg = f"The CPE at {self._url} asks for a login."
            raise InstrumentError(msg, cure="write user: NAME and password: env:NAME beside its address.") from None
        except (ResponseErrorException, RequestException, OSError, ValueError, KeyError, TypeError) as error:
            msg = f"The CPE at {self._url} does not answer as one of Huawei's: {type(error).__name__}."
            cure = "check its address in a browser."
            if type(error).__name__.startswith("LoginError"):
                msg, cure = f"The CPE at {self._url} refuses the login.", "check user and password; then wait a minute."
            raise InstrumentError(msg, cure=cure) from None
