# SPDX-License-Identifier: Apache-2.0
"""What a register holds: its columns, and the codes of organisations. Pure."""
