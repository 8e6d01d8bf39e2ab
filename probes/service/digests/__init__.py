# SPDX-License-Identifier: Apache-2.0
"""Mergeable digests: a row for each request, a step for each load, an answer for each entry of a catalogue."""
