# SPDX-License-Identifier: Apache-2.0
"""From assets and signals to shares with bounds; opens no file."""
