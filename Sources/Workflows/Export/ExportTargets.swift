import Bytes
import Container
import Contracts
import Glibc

/// Which files an export writes.
struct ExportTargets {
    enum Kind: Equatable {
        case native, onnx
        case triton(name: String)
    }

    /// One file.
    struct Target {
        var kind: Kind
        var path: String

        /// All its files that have a fixed name.
        var paths: [String] {
            if case .triton = kind { return [path, TritonConfiguration.path(for: path)] }
            return [path]
        }
    }

    private let export: ModelExport
    /// nil for open shapes.
    private let shapes: [[ShapeRequest]?]

    /// - Throws: `.usage` where what's asked for can't be.
    init(_ export: ModelExport) throws(OsteonError) {
        self.export = export
        shapes = export.shapes.isEmpty ? [nil] : export.shapes.map { Optional($0) }
        guard export.destination != nil || export.tritonRepository != nil else {
            throw OsteonError(.usage, "Say where to write: \(Parameter.out) FILE or \(Parameter.triton) FOLDER.")
        }
        guard let destination = export.destination else { return }
        switch try Self.kind(of: destination) {
        case .native where export.shapes.isEmpty:
            throw OsteonError(.usage, "A fixed-shape variant needs \(Parameter.shape); `osteon convert` writes the model as it is.")
        default: break
        }
    }

    /// The files that can be named without the model.
    var destinations: [String] { export.destination.map { destination in shapes.map { path(destination, $0) } } ?? [] }

    private static func kind(of path: String) throws(OsteonError) -> Kind {
        if path.hasSuffix(".\(NativeFormat.fileExtension)") { return .native }
        if path.hasSuffix(".onnx") { return .onnx }
        throw OsteonError(.usage, "\(Parameter.out) \(path) must end in .\(NativeFormat.fileExtension) or .onnx.")
    }

    /// The files of each shape.
    func files(for model: Model) throws(OsteonError) -> [(shape: [ShapeRequest]?, targets: [Target])] {
        var result: [(shape: [ShapeRequest]?, targets: [Target])] = []
        var taken: Set<String> = []
        for shape in shapes {
            var targets: [Target] = []
            if let destination = export.destination {
                targets.append(Target(kind: try Self.kind(of: destination), path: path(destination, shape)))
            }
            if let repository = export.tritonRepository {
                let name = try tritonName(model, shape)
                targets.append(Target(kind: .triton(name: name), path: "\(repository)/\(name)/1/model.onnx"))
            }
            for target in targets where !taken.insert(target.path).inserted {
                throw OsteonError(.usage, "Two of the shapes would be written to \(target.path).")
            }
            result.append((shape, targets))
        }
        return result
    }

    private func path(_ destination: String, _ shape: [ShapeRequest]?) -> String {
        guard let shape = shape?.text else { return destination }
        if destination.contains("{shape}") { return destination.replacing("{shape}", with: FileName.plain(shape)) }
        guard shapes.count > 1, let dot = destination.lastIndex(of: ".") else { return destination }
        return destination[..<dot] + "." + FileName.plain(shape) + destination[dot...]
    }

    private func tritonName(_ model: Model, _ shape: [ShapeRequest]?) throws(OsteonError) -> String {
        let source = Paths.stem(of: export.source)
        let base = export.tritonName ?? model.imaging?.name ?? source
        var name = FileName.plain(base)
        if shapes.count > 1, let shape { name += "_" + FileName.plain(shape.text) }
        guard name.contains(where: { $0 != "_" }) else {
            throw OsteonError(.usage, "Give the Triton model a name with \(Parameter.tritonName).")
        }
        return name
    }
}

extension [ShapeRequest] {
    /// With commas between them.
    var text: String { map(\.description).joined(separator: ",") }
}
