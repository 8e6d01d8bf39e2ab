# SPDX-License-Identifier: Apache-2.0
"""What domains share: estimates, settings, carriers, tables, words, pictures. It knows forms, no domain."""
