# SPDX-License-Identifier: Apache-2.0
"""A hospital of our own making, with stated faults."""
