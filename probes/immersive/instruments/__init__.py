# SPDX-License-Identifier: Apache-2.0
"""The probes of the domain."""
