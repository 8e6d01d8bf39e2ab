# SPDX-License-Identifier: Apache-2.0
"""Bytes of a service and its trace, pure: HTTP, server-sent events, chunks of an answer, the table of a catalogue."""
