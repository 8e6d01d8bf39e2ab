# SPDX-License-Identifier: Apache-2.0
"""From points and visits to outcomes."""
