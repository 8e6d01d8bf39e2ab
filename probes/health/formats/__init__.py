# SPDX-License-Identifier: Apache-2.0
"""Records in four carriers, as bytes and as fields. Pure."""
