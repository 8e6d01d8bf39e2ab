# SPDX-License-Identifier: Apache-2.0
"""What traces amount to, so that pieces of them merge in any order, exactly. Pure."""
