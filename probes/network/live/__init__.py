# SPDX-License-Identifier: Apache-2.0
"""What touches sockets, clocks and the kernel while a run lasts."""
