# SPDX-License-Identifier: Apache-2.0
"""Building models (IFC): how many components there really are, counted from the text of the files themselves."""
