# SPDX-License-Identifier: Apache-2.0
"""OPC UA with a real server: values, status, source times, and a server that goes away."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from asyncua import ua
from asyncua.sync import Server

from harness.errors import HarnessError
from harness.testing import MemorySink
from probes.plant.digests.polling import polled
from probes.plant.digests.signals import Source
from probes.plant.instruments.polls import OPCUA
from tests.probes.network.recording import session_of, source_of
from tests.probes.plant.conftest import free_port
from tests.probes.plant.plants import table
