# SPDX-License-Identifier: Apache-2.0
"""A third-party OpenAI-compatible service (mockllm on uvicorn), plain and under TLS, on the loopback interface."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.probes.service.tls import authority_and_server
from tests.waiting import gone, served

WORDS = "The heron waited by the lock until the water was still."


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """``plain`` and ``tls``: addresses up to /v1; ``authority``: the certificate that the second one is signed by."""
    folder = tmp_path_factory.mktemp("mockllm")
    said = folder / "responses.yml"
    said.write_text(
        f"responses: {{}}\ndefaults: {{unknown_response: '{WORDS}'}}\nsettings: {{lag_enabled: false}}\n", "utf-8"
    )
    authority, certificate, key = authority_and_server(folder)
    ports = [free_port(), free_port()]
    options = [[], ["--ssl-certfile", str(certificate), "--ssl-keyfile", str(key)]]
    command = [sys.executable, "-m", "uvicorn", "mockllm.server:app", "--host", "127.0.0.1", "--log-level", "critical"]
    started = [
        subprocess.Popen(
            [*command, "--port", str(port), *more],
            env={**os.environ, "MOCKLLM_RESPONSES_FILE": str(said)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port, more in zip(ports, options, strict=True)
    ]
    try:
        for port, process in zip(ports, started, strict=True):
            served(port, process)
        yield {
            "plain": f"http://127.0.0.1:{ports[0]}/v1",
            "tls": f"https://localhost:{ports[1]}/v1",
            "authority": str(authority),
        }
    finally:
        for each in started:
            each.terminate()
        for each in started:
            gone(each)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")
