# SPDX-License-Identifier: Apache-2.0
"""Models digested: what each file holds, mergeable over files. Pure."""
