# SPDX-License-Identifier: Apache-2.0
"""The other end: a reflector that answers, as a process of its own."""
