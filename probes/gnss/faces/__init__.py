# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse gnss`` and ``yanshou analyse timing``."""
