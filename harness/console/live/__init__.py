# SPDX-License-Identifier: Apache-2.0
"""The live view: the same words and numbers in the terminal of ``yanshou run`` and on the page of ``yanshou console``."""
