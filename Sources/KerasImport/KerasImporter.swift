import Bytes
import GraphIR
import ImportSupport
import Tensors

/// Reads Keras models: HDF5 files of Keras 1.2, 2 and 3, and `.keras` archives.
///
/// Sequential and Functional models are described by their files; what's a Python class of its own isn't, and code in a
/// file (`Lambda`) is never run. Weights alone need `options.architecture`: a model as JSON (`model.to_json()`), or the
/// name of one of Osteon's own definitions (`KerasNetworks`).
///
/// An `.unsupported` error lists every layer there's no rule for, an `.unsafeReference` says where one carries code.
package struct KerasImporter: ModelImporter {
    package let format = SourceFormat("keras", title: "Keras (HDF5 or .keras)")
    /// How TensorFlow nodes in a model are imported; without it they aren't.
    private let operations: FragmentImport?

    package init(operations: FragmentImport? = nil) { self.operations = operations }

    /// An HDF5 file or a `.keras` archive.
    package func recognize(_ source: Source) -> Recognition {
        source.file.map { KerasFile.recognizes($0.bytes) } ?? false ? .certain : .no
    }

    /// - Throws: `.malformed` where variables are missing or of other shapes, `.usage` where the file holds weights only and
    ///   `options.architecture` is missing.
    package func importModel(_ source: Source, _ options: ImportOptions) throws(OsteonError) -> ImportedModel {
        let mapped = try source.mapped()
        let file = try KerasFile(mapped)
        var description: MappedFile?
        let model: JSONValue
        switch options.architecture {
        case .file(let path)?:
            let text = try source.mapGiven(path)
            description = text
            model = try Self.model(in: text)
        case .network(let name, let arguments)?:
            model = try KerasNetworks.model(name, arguments, layers: file.weights.layerNames())
        case nil:
            guard let own = file.model else {
                throw OsteonError(
                    .usage,
                    """
                    The file holds weights only. Name its network with \(Parameter.architecture): a file made by model.to_json(), \
                    or one of \(KerasNetworks.names.joined(separator: ", ")).
                    """
                )
            }
            model = own
        }
        var imported = try Self.importModel(model, file, options, operations)
        imported.sourceFiles = [mapped] + [description].compactMap { $0 }
        return imported
    }

    /// The model that `model.to_json()` wrote into a file.
    private static func model(in text: MappedFile) throws(OsteonError) -> JSONValue {
        try locating(text.path) { () throws(OsteonError) in
            let json = try JSONValue(parsing: text.bytes)
            guard json["class_name"] != nil, json["config"] != nil else {
                throw OsteonError(
                    .malformed, "The JSON is no Keras model: it has no class_name and config, as model.to_json() writes them.")
            }
            return json
        }
    }

    /// Imports a model with the weights of a file.
    private static func importModel(
        _ json: JSONValue, _ file: KerasFile, _ options: ImportOptions, _ operations: FragmentImport?
    ) throws(OsteonError) -> ImportedModel {
        let ownVersion = try json["keras_version"]?.string()
        let isOwn = options.architecture == nil
        let told = options.kerasOrigin
        let ownBackend = try json["backend"]?.string()
        let weightsBackend = file.backend ?? ownBackend ?? told.backend?.rawValue
        let dialect = KerasDialect(
            version: ownVersion ?? (isOwn ? file.version : nil) ?? told.version, backend: ownBackend ?? weightsBackend, model: json)
        var parser = ModelParser(dialect)
        let model = try parser.model(json)
        let formatNotes = try MissingDataFormats.settle(model, dialect, told: told.dataFormat)
        let layers = Set(model.allLayers.map(\.path))
        let options = try options.settlingShapes { layers.contains($0) }
        let builder = KerasBuilder(try weights(model, file.weights), dialect, name: model.name, feeds: options.inputs)
        formatNotes.forEach(builder.note)
        builder.operations = operations
        builder.weightsBackend = weightsBackend
        builder.weightsMajor = file.version.flatMap(KerasDialect.major) ?? (file.isKeras1 ? 1 : dialect.major)
        if file.backend == nil, ownBackend == nil, let backend = told.backend {
            builder.note("the backend is taken as \(backend.rawValue), as given")
        }
        if ownVersion == nil, file.version == nil, let version = told.version {
            builder.note("the version of Keras is taken as \(version), as given")
        }
        if dialect.isTheano { builder.note("padding \"same\" is laid as Theano lays it") }
        let outputs = try builder.applyModel(model, builder.addInputs(model), prefix: "")
        try finish(builder, outputs, options)
        try builder.graph.cut(options)
        let version = file.version ?? ownVersion
        let backend = file.backend.map { " (\($0))" } ?? ""
        return ImportedModel(
            graph: builder.graph, format: "keras", producer: version.map { "Keras \($0)\(backend)" } ?? "", sourceFiles: [],
            notes: builder.notes)
    }

    /// The variables for a model. Where they don't fit it, layers that aren't supported are the likelier cause.
    private static func weights(_ model: KerasModel, _ source: any WeightSource) throws(OsteonError) -> WeightTable {
        do throws(OsteonError) {
            return try source.variables(for: model)
        } catch {
            var unsupported = UnsupportedLayers()
            for layer in model.allLayers where layer.model == nil { _ = unsupported.rule(for: layer) }
            try unsupported.check()
            throw error
        }
    }

    /// Sets the graph's outputs: the ones asked for, or the model's.
    private static func finish(_ builder: KerasBuilder, _ outputs: [ValueID]?, _ options: ImportOptions) throws(OsteonError) {
        var values = outputs ?? []
        if options.outputs.isEmpty {
            if outputs == nil { try builder.unsupported.check() }
        } else {
            values = []
            for name in options.outputs {
                guard let value = builder.graph.value(named: name) else {
                    try builder.unsupported.check()
                    throw OsteonError(.usage, "The model has no layer \(name); `osteon inspect` lists them.")
                }
                values.append(value)
            }
        }
        var named: [(name: String, value: ValueID)] = []
        for value in values {
            let base = builder.graph[value].name
            var name = base
            var number = 0
            while named.contains(where: { $0.name == name }) {
                number += 1
                name = "\(base)_\(number)"
            }
            named.append((name, value))
        }
        try builder.finish(named)
    }
}
