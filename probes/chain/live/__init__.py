# SPDX-License-Identifier: Apache-2.0
"""What asks nodes: connections, threads, clocks."""
