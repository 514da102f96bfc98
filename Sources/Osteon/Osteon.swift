@_exported import ArchiveImport
@_exported import Bytes
@_exported import Container
@_exported import Engine
@_exported import GraphIR
@_exported import Imaging
@_exported import Inspection
@_exported import Metrics
@_exported import ONNXExport
@_exported import Optimizer
@_exported import Quantization
@_exported import Reporting
@_exported import Tensors
@_exported import Verification

/// Facts about this build of the toolkit.
public enum OsteonVersion {
    public static let current = "0.1.0"
}
