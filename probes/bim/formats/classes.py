# SPDX-License-Identifier: Apache-2.0
"""Which classes of IFC 2x3, 4 and 4.3 are components, features of components, and types: their names, without ``Ifc``.

No name changes its place between the three schemas, so one list serves all.
"""

from __future__ import annotations

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X1", "IFC4X2", "IFC4X3")
"""How the name of a schema that is read begins: IFC4X3_ADD2 is one of them."""

ELEMENTS = frozenset(
    """
    Actuator AirTerminal AirTerminalBox AirToAirHeatRecovery Alarm AudioVisualAppliance Beam BeamStandardCase
    Bearing Boiler Borehole BuildingElement BuildingElementComponent BuildingElementPart BuildingElementProxy
    BuiltElement Burner CableCarrierFitting CableCarrierSegment CableFitting CableSegment CaissonFoundation
    ChamferEdgeFeature Chiller Chimney CivilElement Coil Column ColumnStandardCase CommunicationsAppliance
    Compressor Condenser Controller ConveyorSegment CooledBeam CoolingTower Course Covering CurtainWall Damper
    DeepFoundation DiscreteAccessory DistributionBoard DistributionChamberElement DistributionControlElement
    DistributionElement DistributionFlowElement Door DoorStandardCase DuctFitting DuctSegment DuctSilencer
    EarthworksCut EarthworksElement EarthworksFill EdgeFeature ElectricAppliance ElectricDistributionBoard
    ElectricDistributionPoint ElectricFlowStorageDevice ElectricFlowTreatmentDevice ElectricGenerator ElectricMotor
    ElectricTimeControl ElectricalElement Element ElementAssembly ElementComponent EnergyConversionDevice Engine
    EquipmentElement EvaporativeCooler Evaporator Fan Fastener FeatureElement FeatureElementAddition
    FeatureElementSubtraction Filter FireSuppressionTerminal FlowController FlowFitting FlowInstrument FlowMeter
    FlowMovingDevice FlowSegment FlowStorageDevice FlowTerminal FlowTreatmentDevice Footing FurnishingElement
    Furniture GeographicElement Geomodel Geoslice GeotechnicalAssembly GeotechnicalElement GeotechnicalStratum
    HeatExchanger Humidifier ImpactProtectionDevice Interceptor JunctionBox Kerb Lamp LightFixture LiquidTerminal
    MechanicalFastener MedicalDevice Member MemberStandardCase MobileTelecommunicationsAppliance MooringDevice
    MotorConnection NavigationElement OpeningElement OpeningStandardCase Outlet Pavement Pile PipeFitting
    PipeSegment Plate PlateStandardCase ProjectionElement ProtectiveDevice ProtectiveDeviceTrippingUnit Pump Rail
    Railing Ramp RampFlight ReinforcedSoil ReinforcingBar ReinforcingElement ReinforcingMesh Roof RoundedEdgeFeature
    SanitaryTerminal Sensor ShadingDevice Sign Signal Slab SlabElementedCase SlabStandardCase SolarDevice
    SpaceHeater StackTerminal Stair StairFlight SurfaceFeature SwitchingDevice SystemFurnitureElement Tank Tendon
    TendonAnchor TendonConduit TrackElement Transformer TransportElement TransportationDevice TubeBundle
    UnitaryControlElement UnitaryEquipment Valve Vehicle VibrationDamper VibrationIsolator VirtualElement
    VoidingFeature Wall WallElementedCase WallStandardCase WasteTerminal Window WindowStandardCase
    """.split()  # noqa: SIM905 - names read better as words
)
FEATURES = frozenset(
    """
    ChamferEdgeFeature EarthworksCut EdgeFeature FeatureElement FeatureElementAddition FeatureElementSubtraction
    OpeningElement OpeningStandardCase ProjectionElement RoundedEdgeFeature SurfaceFeature VoidingFeature
    """.split()  # noqa: SIM905 - names read better as words
)
TYPES = frozenset(
    """
    ActuatorType AirTerminalBoxType AirTerminalType AirToAirHeatRecoveryType AlarmType AudioVisualApplianceType
    BeamType BearingType BoilerType BuildingElementPartType BuildingElementProxyType BuildingElementType
    BuiltElementType BurnerType CableCarrierFittingType CableCarrierSegmentType CableFittingType CableSegmentType
    CaissonFoundationType ChillerType ChimneyType CivilElementType CoilType ColumnType CommunicationsApplianceType
    CompressorType CondenserType ControllerType ConveyorSegmentType CooledBeamType CoolingTowerType CourseType
    CoveringType CurtainWallType DamperType DeepFoundationType DiscreteAccessoryType DistributionBoardType
    DistributionChamberElementType DistributionControlElementType DistributionElementType
    DistributionFlowElementType DoorStyle DoorType DuctFittingType DuctSegmentType DuctSilencerType
    ElectricApplianceType ElectricDistributionBoardType ElectricFlowStorageDeviceType
    ElectricFlowTreatmentDeviceType ElectricGeneratorType ElectricHeaterType ElectricMotorType
    ElectricTimeControlType ElementAssemblyType ElementComponentType ElementType EnergyConversionDeviceType
    EngineType EvaporativeCoolerType EvaporatorType FanType FastenerType FilterType FireSuppressionTerminalType
    FlowControllerType FlowFittingType FlowInstrumentType FlowMeterType FlowMovingDeviceType FlowSegmentType
    FlowStorageDeviceType FlowTerminalType FlowTreatmentDeviceType FootingType FurnishingElementType FurnitureType
    GasTerminalType GeographicElementType HeatExchangerType HumidifierType ImpactProtectionDeviceType
    InterceptorType JunctionBoxType KerbType LampType LightFixtureType LiquidTerminalType MechanicalFastenerType
    MedicalDeviceType MemberType MobileTelecommunicationsApplianceType MooringDeviceType MotorConnectionType
    NavigationElementType OutletType PavementType PileType PipeFittingType PipeSegmentType PlateType
    ProtectiveDeviceTrippingUnitType ProtectiveDeviceType PumpType RailType RailingType RampFlightType RampType
    ReinforcingBarType ReinforcingElementType ReinforcingMeshType RoofType SanitaryTerminalType SensorType
    ShadingDeviceType SignType SignalType SlabType SolarDeviceType SpaceHeaterType SpaceType SpatialElementType
    SpatialStructureElementType SpatialZoneType StackTerminalType StairFlightType StairType SwitchingDeviceType
    SystemFurnitureElementType TankType TendonAnchorType TendonConduitType TendonType TrackElementType
    TransformerType TransportElementType TransportationDeviceType TubeBundleType TypeProduct
    UnitaryControlElementType UnitaryEquipmentType ValveType VehicleType VibrationDamperType VibrationIsolatorType
    WallType WasteTerminalType WindowStyle WindowType
    """.split()  # noqa: SIM905 - names read better as words
)
"""ELEMENTS: IfcElement and below; FEATURES: openings, projections and the like; TYPES: IfcTypeProduct and below."""
NO_COMPONENTS = frozenset({"VirtualElement"})
"""Elements that nobody builds: boundaries that are only thought of."""
ROOMS = frozenset({"SpaceType", "SpatialElementType", "SpatialStructureElementType", "SpatialZoneType", "TypeProduct"})
"""Types of rooms and of nothing in particular: components only where a component is placed by them."""
SPELT = {each.upper(): f"Ifc{each}" for each in ELEMENTS | TYPES}
"""Names as files write them, without IFC -> as the standard spells them."""


def spelt(name: str) -> str:
    """``IFCWALL`` as IfcWall; a class that is none of ours as it stands."""
    return SPELT.get(name.removeprefix("IFC"), name)
