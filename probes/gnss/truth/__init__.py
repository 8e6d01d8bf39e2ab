# SPDX-License-Identifier: Apache-2.0
"""Where the antenna really was: frames, points, trajectories, and the settings that say so."""
