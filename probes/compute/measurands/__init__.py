# SPDX-License-Identifier: Apache-2.0
"""From runs and energies to estimates: pure, no file is opened."""
