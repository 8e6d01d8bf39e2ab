# SPDX-License-Identifier: Apache-2.0
"""Bytes and texts of instruments: DL/T 645, Modbus, SCPI. Pure."""
