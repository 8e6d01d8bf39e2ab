# SPDX-License-Identifier: Apache-2.0
"""What recorded bytes hold, as columns and rows: STAMP, TCP, MQTT, logs, SNMP, tables, registers, counters. Pure."""
