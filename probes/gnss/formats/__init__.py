# SPDX-License-Identifier: Apache-2.0
"""What receivers, casters and clocks write, as columns. Pure."""
