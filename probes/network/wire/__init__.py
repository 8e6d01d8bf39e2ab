# SPDX-License-Identifier: Apache-2.0
"""What goes over the line, byte for byte: packets, their options and digests, and the blocks of our own captures. Pure."""
