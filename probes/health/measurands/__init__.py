# SPDX-License-Identifier: Apache-2.0
"""From the two lists to outcomes."""
