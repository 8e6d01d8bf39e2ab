# SPDX-License-Identifier: Apache-2.0
"""Medical records between an ambulance and a hospital: sent once, found again whole, over HL7 v2, FHIR, DICOM and CDA."""
