# SPDX-License-Identifier: Apache-2.0
"""OPC UA with a real server: values, status, source times, and a server that goes away."""
