# SPDX-License-Identifier: Apache-2.0
"""Programs' formats: each module writes a paper in one of them, the same bytes for the same bundle."""
