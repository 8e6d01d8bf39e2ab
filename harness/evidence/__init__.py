# SPDX-License-Identifier: Apache-2.0
"""Evidence: segments, journal, bundle, seal, verification."""
