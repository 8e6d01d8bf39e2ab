# SPDX-License-Identifier: Apache-2.0
"""The spec language: YAML to model with file:line:column errors, JSON Schema, profiles."""
