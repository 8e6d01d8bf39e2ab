# SPDX-License-Identifier: Apache-2.0
"""The engine: knows no domain; a clause becomes a criterion, bytes become an estimate, the two a verdict."""
