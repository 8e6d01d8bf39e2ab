# SPDX-License-Identifier: Apache-2.0
"""What the live loop must not load: heavy modules stay out of summaries, bounds and decisions."""

import subprocess
import sys

LOOP = """
import sys
from fractions import Fraction
import numpy as np
from harness.decide import decide
from harness.model import Criterion, Estimate, Outcome, Reading, Rule, Text
from harness.quantity import Limit
from harness.stats import bursts, planner, quantile, sequential
from harness.stats.histogram import Histogram
from harness.stats.needs import for_proportion
from harness.stats.runs import Runs
summary = Histogram([2_000_000]).add(np.arange(1, 10_000))
quantile.bounds(summary.ranked(3), 0.99, 0.05)
bursts.bounds(Runs.of(0, np.array([False, True])).table(), 1000, 0.05, 2)
sequential.bounds(3, 1000, 0.05, 0.01)
for_proportion(3, 1000, Fraction(1, 100), 0.05)
estimate = Estimate(1, "1", 1, 1.0, 0, 3, Fraction(95, 100), "test")
criterion = Criterion(Reading("", Text("", ""), "", ""), Limit.parse("<= 2"), Rule.GUARDED, Fraction(95, 100))
decide(Outcome(estimate), criterion)
print(sorted({"scipy.stats", "pandas", "matplotlib", "pydantic", "scapy.all"} & set(sys.modules)))
"""


def test_a_verdict_needs_no_heavy_module():
    out = subprocess.run([sys.executable, "-c", LOOP], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_importing_the_histogram_does_not_import_the_accelerator():
    code = "import sys, harness.stats.histogram, harness.decide; print('numba' in sys.modules, 'scipy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]
