# SPDX-License-Identifier: Apache-2.0
"""Bytes of building models: STEP physical files and the classes of IFC. Pure."""
