# SPDX-License-Identifier: Apache-2.0
"""What can be estimated from models: how many components there are."""
