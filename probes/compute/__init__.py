# SPDX-License-Identifier: Apache-2.0
"""Computing power and its price: TOPS and TOPS/W of a terminal with a traceable power reading, PUE of a data centre."""
