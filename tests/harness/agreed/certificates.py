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
GOOD_PRACTICE = """\
<?xml version="1.0" encoding="utf-8"?>
<dcc:digitalCalibrationCertificate xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:dcc="https://ptb.de/dcc"
  xmlns:si="https://ptb.de/si" xsi:schemaLocation="https://ptb.de/dcc https://ptb.de/dcc/v3.1.1/dcc.xsd" schemaVersion="3.1.1">
  <!-- written by hand in the form of the good practice examples: two units side by side, points upwards and downwards -->
  <dcc:administrativeData>
    <dcc:dccSoftware><dcc:software><dcc:name><dcc:content>by hand</dcc:content></dcc:name><dcc:release>1</dcc:release></dcc:software></dcc:dccSoftware>
    <dcc:coreData>
      <dcc:countryCodeISO3166_1>CN</dcc:countryCodeISO3166_1>
      <dcc:uniqueIdentifier>GP-7</dcc:uniqueIdentifier>
      <dcc:identifications><dcc:identification><dcc:issuer>calibrationLaboratory</dcc:issuer><dcc:value>order-1</dcc:value></dcc:identification></dcc:identifications>
      <dcc:beginPerformanceDate>2026-01-04</dcc:beginPerformanceDate>
      <dcc:endPerformanceDate>2026-01-05</dcc:endPerformanceDate>
      <dcc:performanceLocation>laboratory</dcc:performanceLocation>
    </dcc:coreData>
    <dcc:items><dcc:item>
      <dcc:name><dcc:content lang="zh">湿度计</dcc:content></dcc:name>
      <dcc:identifications>
        <dcc:identification><dcc:issuer>manufacturer</dcc:issuer><dcc:value>SN-7</dcc:value><dcc:name><dcc:content lang="en">Serial no.</dcc:content></dcc:name></dcc:identification>
      </dcc:identifications>
    </dcc:item></dcc:items>
    <dcc:calibrationLaboratory><dcc:contact><dcc:name>
      <dcc:content lang="zh">某计量院</dcc:content><dcc:content lang="en">Some institute</dcc:content>
    </dcc:name></dcc:contact></dcc:calibrationLaboratory>
    <dcc:statements>
      <dcc:statement refType="basic_conformity"><dcc:conformity>{conformity}</dcc:conformity></dcc:statement>
      <dcc:statement refType="basic_recalibration"><dcc:date>2027-01-04</dcc:date></dcc:statement>
    </dcc:statements>
  </dcc:administrativeData>
  <dcc:measurementResults><dcc:measurementResult>
    <dcc:influenceConditions><dcc:influenceCondition refType="basic_temperature"><dcc:data>
      <dcc:quantity refType="basic_temperatureMin"><si:hybrid>
        <si:real><si:value>295.15</si:value><si:unit>\\kelvin</si:unit></si:real>
        <si:real><si:value>22</si:value><si:unit>\\degreecelsius</si:unit></si:real>
      </si:hybrid></dcc:quantity>
    </dcc:data></dcc:influenceCondition></dcc:influenceConditions>
    <dcc:results><dcc:result refType="gp_relativeGasHumidityAboveWater"><dcc:data><dcc:list>
      <dcc:quantity refType="basic_referenceValue"><si:hybrid>
        <si:realListXMLList>
          <si:valueXMLList>0.2 0.5 0.8 0.5 0.2</si:valueXMLList>
          <si:unitXMLList>\\one</si:unitXMLList>
          <si:dateTimeXMLList>2026-01-04T06:00:00 2026-01-04T09:00:00 2026-01-04T12:00:00 2026-01-04T15:00:00 2026-01-05T03:00:00</si:dateTimeXMLList>
        </si:realListXMLList>
        <si:realListXMLList><si:valueXMLList>20 50 80 50 20</si:valueXMLList><si:unitXMLList>\\percent</si:unitXMLList></si:realListXMLList>
      </si:hybrid></dcc:quantity>
      <dcc:quantity refType="basic_measuredValue"><si:hybrid>
        <si:realListXMLList><si:valueXMLList>0.196 0.499 0.803 0.506 0.197</si:valueXMLList><si:unitXMLList>\\one</si:unitXMLList></si:realListXMLList>
        <si:realListXMLList><si:valueXMLList>19.6 49.9 80.3 50.6 19.7</si:valueXMLList><si:unitXMLList>\\percent</si:unitXMLList></si:realListXMLList>
      </si:hybrid></dcc:quantity>
      <dcc:quantity refType="basic_measurementError"><si:hybrid>
        <si:realListXMLList>
          <si:valueXMLList>-0.004 -0.001 0.003 0.006 -0.003</si:valueXMLList>
          <si:unitXMLList>\\one</si:unitXMLList>
          <si:expandedUncXMLList>
            <si:uncertaintyXMLList>0.006 0.008 0.010 0.009 0.006</si:uncertaintyXMLList>
            <si:coverageFactorXMLList>2</si:coverageFactorXMLList>
            <si:coverageProbabilityXMLList>0.95</si:coverageProbabilityXMLList>
            <si:distributionXMLList>normal</si:distributionXMLList>
          </si:expandedUncXMLList>
        </si:realListXMLList>
        <si:realListXMLList><si:valueXMLList>-0.4 -0.1 0.3 0.6 -0.3</si:valueXMLList><si:unitXMLList>\\percent</si:unitXMLList></si:realListXMLList>
      </si:hybrid>
      <dcc:measurementMetaData><dcc:metaData refType="basic_conformity"><dcc:conformityXMLList>{points}</dcc:conformityXMLList></dcc:metaData></dcc:measurementMetaData>
      </dcc:quantity>
    </dcc:list></dcc:data></dcc:result></dcc:results>
  </dcc:measurementResult></dcc:measurementResults>
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


def good_practice(conformity: str = "pass", points: str = "pass") -> bytes:
    """A certificate in the form of the good practice examples of schema 3.1."""
    return GOOD_PRACTICE.format(conformity=conformity, points=points).encode()
