# SPDX-License-Identifier: Apache-2.0
"""What runs beside the recording of a model: the checker of an IDS, a process of its own."""
