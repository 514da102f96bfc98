import ArchiveImport
import Bytes
import Container
import Contracts
import GraphIR
import Inspection
import Tensors

/// What `osteon inspect` reports of a model.
package struct ModelInspection: Sendable {
    package var format: SourceFormat
    package var fileName: String
    package var fileSize: Int
    package var declaredInputs: [(name: String, type: TensorType)]
    package var declaredOutputs: [(name: String, type: TensorType)]
    /// One line a free dimension.
    package var legalSizes: [LegalSizes]
    /// How the model is used on images; nil where nothing says it.
    package var imaging: ImagingContract?
    /// What a native file records about itself; nil for a foreign source.
    package var native: NativeOrigin?
    package var notes: [String]
    package var report: GraphReport
    /// Where the bytes of the model's constants go.
    package var storage: StorageReport
    /// The input shapes the costs are for, as text; nil where the model's own are fixed.
    package var boundShapes: String?

    /// - Parameter shapes: shapes by input name; the smallest legal ones where a dimension is left free.
    package init(_ model: Model, shapes: [String: [Int]] = [:]) throws(OsteonError) {
        let graph = model.graph
        format = model.format
        fileName = Paths.name(of: model.path)
        fileSize = model.sourceFiles.reduce(0) { $0 + $1.count }
        declaredInputs = graph.inputs.map { (graph[$0].name, graph.type($0)) }
        declaredOutputs = graph.outputs.map { (graph[$0].name, graph.type($0)) }
        imaging = model.imaging
        native = model.native.map(NativeOrigin.init)
        notes = model.notes
        legalSizes = graph.freeDimensions.isEmpty ? [] : try LegalSizeSearch(graph).search()
        var bound = graph
        do {
            try bound.specialize(model.bindings(shapes), inputShapes: shapes)
        } catch {
            // Without shapes the layers are still worth showing.
            if !shapes.isEmpty { throw error }
            notes.append("Costs aren't known: \(error.message)")
        }
        report = try GraphReport(bound)
        storage = StorageReport(graph)
        if !graph.freeDimensions.isEmpty || !shapes.isEmpty {
            boundShapes = bound.inputs.map { "\(bound[$0].name): \(bound.type($0))" }.joined(separator: ", ")
        }
    }

    /// What an archive says of a model that isn't in it: channels, labels, window and targets, and no layers.
    /// - Returns: nil where `path` is no archive, has a model, or its configurations say nothing of images.
    /// - Parameter reason: why the model can't be read.
    package init?(archiveWithoutModel path: String, reason: OsteonError) throws(OsteonError) {
        let (source, importer) = (try Source(path: path), ModelImporters.archive)
        guard importer.recognize(source) > .no, let (contract, files) = try importer.contractWithoutModel(source) else { return nil }
        guard
            !contract.pipelines.isEmpty || !contract.output.labels.isEmpty || !contract.input.channels.isEmpty
                || contract.documentation != nil
        else { return nil }
        format = importer.format
        fileName = Paths.name(of: path)
        fileSize = files.reduce(0) { $0 + $1.count }
        (declaredInputs, declaredOutputs, legalSizes) = ([], [], [])
        imaging = contract
        notes = ["There's no model: \(reason.message)"]
        let empty = Graph()
        report = try GraphReport(empty)
        storage = StorageReport(empty)
    }

    package var json: JSONValue {
        .record([
            ("schema", .string("osteon.inspect.1")),
            ("format", .string(format.name)),
            ("file", .string(fileName)),
            ("file_bytes", .integer(fileSize)),
            ("inputs", .array(declaredInputs.map(Self.value))),
            ("outputs", .array(declaredOutputs.map(Self.value))),
            (
                "legal_sizes",
                .array(
                    legalSizes.map { sizes in
                        .record([
                            ("dimension", .string(sizes.dimension)), ("smallest", .integer(sizes.smallest)),
                            ("step", sizes.step.map { .integer($0) } ?? .null),
                            ("remainders", .array(sizes.remainders.map { .integer($0) })),
                        ])
                    })
            ),
            ("bound", boundShapes.map { .string($0) } ?? .null),
            ("layers", .array(report.layers.map(Self.layer))),
            (
                "totals",
                .record([
                    ("layers", .integer(report.layers.count)), ("parameters", .integer(report.parameters)),
                    ("parameter_bytes", .integer(report.parameterBytes)),
                    ("macs", report.multiplyAccumulates.map { .integer($0) } ?? .null),
                    ("peak_activation_bytes", report.peakActivationBytes.map { .integer($0) } ?? .null),
                ])
            ),
            (
                "storage",
                .array(
                    storage.rows.map {
                        .record([
                            ("type", .string($0.elementType.rawValue)), ("tensors", .integer($0.tensors)),
                            ("bytes", .integer($0.byteCount)),
                        ])
                    })
            ),
            (
                "largest_tensors",
                .array(
                    storage.largest.map {
                        .record([
                            ("name", .string($0.name)), ("type", .string($0.type.elementType.rawValue)), ("bytes", .integer($0.byteCount)),
                        ])
                    })
            ),
            ("imaging", imaging?.json ?? .null),
            ("native", native?.json ?? .null),
            ("notes", .array(notes.map { .string($0) })),
        ])
    }

    private static func value(_ entry: (name: String, type: TensorType)) -> JSONValue {
        .record([
            ("name", .string(entry.name)), ("type", .string(entry.type.elementType.rawValue)), ("shape", shape(entry.type)),
        ])
    }

    private static func shape(_ type: TensorType) -> JSONValue {
        guard let shape = type.shape else { return .null }
        return .array(
            shape.map { dimension in
                switch dimension {
                case .fixed(let extent): .integer(extent)
                case .free(let name): .string(name)
                case .unknown: .null
                }
            })
    }

    private static func layer(_ layer: LayerReport) -> JSONValue {
        .record([
            ("name", .string(layer.name)), ("operator", .string(layer.operatorID)),
            ("attributes", .record(layer.attributes.map { ($0.name, $0.value.json) })),
            ("inputs", .array(layer.inputs.map { .string($0) })), ("outputs", .array(layer.outputs.map { .string($0) })),
            ("output_type", .string(layer.outputType.elementType.rawValue)), ("output_shape", shape(layer.outputType)),
            ("parameters", .integer(layer.parameters)),
            ("macs", layer.multiplyAccumulates.map { .integer($0) } ?? .null),
            ("activation_bytes", layer.activationBytes.map { .integer($0) } ?? .null),
            ("receptive_field", layer.receptiveField.map { .array($0.map { .integer($0) }) } ?? .null),
        ])
    }
}

extension AttributeValue {
    /// The value as JSON, for reports.
    var json: JSONValue {
        switch self {
        case .bool(let value): .bool(value)
        case .int(let value): .integer(value)
        case .double(let value): .number(value)
        case .string(let value): .string(value)
        case .ints(let values): .array(values.map { .integer($0) })
        case .doubles(let values): .array(values.map { .number($0) })
        case .strings(let values): .array(values.map { .string($0) })
        case .none: .null
        }
    }
}
