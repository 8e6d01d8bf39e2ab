# SPDX-License-Identifier: Apache-2.0
"""Registers digested: what each row says, and what is wrong with it on its own. Pure, mergeable."""
