# SPDX-License-Identifier: Apache-2.0
"""What domains share: carriers and forms (files, tables, brokers, words, figures), no domain."""
