# SPDX-License-Identifier: Apache-2.0
"""What a log or a table says of itself beside its numbers: in titles and notes, in columns, in figures of its own. Pure."""
