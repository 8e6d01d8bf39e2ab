# SPDX-License-Identifier: Apache-2.0
"""The account of a campaign: its course and former attempts, what this machine tried, and what its verdicts speak of."""
