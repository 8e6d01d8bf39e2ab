# SPDX-License-Identifier: Apache-2.0
"""A digital calibration certificate in the form of PTB's schema 3, written by hand for these tests."""

DCC = """\
<?xml version="1.0" encoding="UTF-8"?>
<dcc:digitalCalibrationCertificate xmlns:dcc="https://ptb.de/dcc" xmlns:si="https://ptb.de/si" schemaVersion="3.3.0">
  <dcc:administrativeData>
    <dcc:coreData>
      <dcc:uniqueIdentifier>{number}</dcc:uniqueIdentifier>
      <dcc:beginPerformanceDate>2026-01-04</dcc:beginPerformanceDate>
      <dcc:endPerformanceDate>{day}</dcc:endPerformanceDate>
    </dcc:coreData>
    <dcc:items>
      <dcc:item>
        <dcc:name><dcc:content lang="zh">功率分析仪</dcc:content></dcc:name>
        <dcc:identifications>
          <dcc:identification><dcc:issuer>manufacturer</dcc:issuer><dcc:value>{serial}</dcc:value></dcc:identification>
          <dcc:identification><dcc:issuer>customer</dcc:issuer><dcc:value>资产-7</dcc:value></dcc:identification>
        </dcc:identifications>
      </dcc:item>
    </dcc:items>
    <dcc:calibrationLaboratory><dcc:contact><dcc:name><dcc:content>某计量院</dcc:content></dcc:name></dcc:contact></dcc:calibrationLaboratory>
    <dcc:statements>
      <dcc:statement refType="basic_recalibration"><dcc:date>{due}</dcc:date></dcc:statement>
    </dcc:statements>
  </dcc:administrativeData>
  <dcc:measurementResults>
    <dcc:measurementResult>
      <dcc:results>
        <dcc:result>
          <dcc:data>
            <dcc:list refType="gp_table1">
              <dcc:quantity refType="basic_referenceValue">
                <si:realListXMLList>
                  <si:valueXMLList>{points}</si:valueXMLList>
                  <si:unitXMLList>{unit}</si:unitXMLList>
                </si:realListXMLList>
              </dcc:quantity>
              <dcc:quantity refType="basic_measurementError gp_powerError">
                <si:realListXMLList>
                  <si:valueXMLList>{errors}</si:valueXMLList>
                  <si:unitXMLList>{unit}</si:unitXMLList>
                  <si:measurementUncertaintyUnivariateXMLList>
                    <si:expandedMUXMLList>
                      <si:valueExpandedMUXMLList>{expanded}</si:valueExpandedMUXMLList>
                      <si:coverageFactorXMLList>{k}</si:coverageFactorXMLList>
                      <si:coverageProbabilityXMLList>0.95</si:coverageProbabilityXMLList>
                    </si:expandedMUXMLList>
                  </si:measurementUncertaintyUnivariateXMLList>
                </si:realListXMLList>
              </dcc:quantity>
            </dcc:list>
          </dcc:data>
        </dcc:result>
      </dcc:results>
    </dcc:measurementResult>
  </dcc:measurementResults>
</dcc:digitalCalibrationCertificate>
"""
USUAL = {
    "number": "LC-2026-0815",
    "day": "2026-01-05",
    "serial": "SN-42",
    "due": "2027-01-04",
    "points": "10 100 500",
    "unit": r"\watt",
    "errors": "0.01 -0.05 0.20",
    "expanded": "0.02 0.06 0.30",
    "k": "2",
}


def dcc(**other: str) -> bytes:
    """The certificate with some of its values changed."""
    return DCC.format(**{**USUAL, **other}).encode()
