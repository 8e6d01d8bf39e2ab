# SPDX-License-Identifier: Apache-2.0
"""Files of others: power logs, event logs, tables of meters, as columns."""
