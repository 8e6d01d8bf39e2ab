# SPDX-License-Identifier: Apache-2.0
"""A campaign while it records: what it says now, where it stands, what people note. Read from journal and traces alone."""
