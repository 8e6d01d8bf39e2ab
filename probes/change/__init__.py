# SPDX-License-Identifier: Apache-2.0
"""Before and after: has cost fallen, efficiency risen, the rate of change orders fallen by what was promised?"""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.change")
