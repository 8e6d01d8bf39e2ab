# SPDX-License-Identifier: Apache-2.0
"""AI services behind an OpenAI-compatible interface: load, latency by token, catalogues that really answer."""
