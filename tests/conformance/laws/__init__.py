# SPDX-License-Identifier: Apache-2.0
"""For every installed measurand: evidence on which a statistic says PASS, and further parts that must not be outvoted.

A measurand or a statistic that is installed and has no law fails ``test_parts``; write one in the room of its domain.
"""

from tests.conformance.laws import chain, change, compute, gnss, health, immersive, network, plant, register, service
from tests.conformance.laws.law import Law

LAWS: list[Law] = [
    *network.packets(),
    *network.loops(),
    *network.counters(),
    *network.nodes(),
    *network.modems(),
    *gnss.receivers(),
    *gnss.clocks(),
    *register.registers(),
    *change.tables(),
    *register.kinds_of_rows(),
    *register.lists(),
    *register.models(),
    *plant.assets(),
    *immersive.frames(),
    *health.carriers(),
    *immersive.points(),
    *immersive.visits(),
    *chain.chains(),
    *service.services(),
    *compute.terminals(),
    *compute.centres(),
]
ELSEWHERE = {
    ("service.resolvable", "share"): "tests/probes/register/measurands/test_node.py",
    ("gnss.horizontal", "iso17123"): "tests/probes/gnss/measurands/test_iso17123.py",
    ("gnss.vertical", "iso17123"): "tests/probes/gnss/measurands/test_iso17123.py",
    ("gnss.refix", "quantile"): "tests/probes/gnss/measurands/test_several_receivers.py",
}
"""Statistics whose evidence is made where they are tested: whole field tests, receivers that lose their fix again and again."""
