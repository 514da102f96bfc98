import Bytes

/// Reads a model's configuration (the `model_config` attribute, `config.json`, `to_json()`).
struct ModelParser {
    let dialect: KerasDialect
    /// Layers that may still be read, those of nested models included.
    private var budget = 50_000
    static let deepest = 32

    init(_ dialect: KerasDialect) { self.dialect = dialect }

    /// - Throws: `.malformed` where it isn't one, `.limitExceeded` for endless nesting, `.unsupported` for a model
    ///   that's a class of its own.
    mutating func model(_ json: JSONValue) throws(OsteonError) -> KerasModel {
        try model(json, Place(path: "", storage: "", depth: 0))
    }

    /// Where a model or layer lies in those around it.
    struct Place {
        var path: String
        var storage: String
        var depth: Int

        /// The same for what's inside it under the same names.
        var deeper: Place { Place(path: path, storage: storage, depth: depth + 1) }

        func inner(_ name: String, storage folder: String) -> Place {
            Place(
                path: path.isEmpty ? name : "\(path)/\(name)", storage: storage.isEmpty ? folder : "\(storage)/\(folder)",
                depth: depth + 1)
        }
    }

    mutating func model(_ json: JSONValue, _ place: Place) throws(OsteonError) -> KerasModel {
        guard place.depth <= Self.deepest else {
            throw OsteonError(.limitExceeded, "Models and wrappers nested more than \(Self.deepest) deep.")
        }
        let className = try json.member("class_name").string()
        let config = try json.member("config")
        if className == "Sequential" { return try sequential(json, config, place) }
        guard config["layers"] != nil, config["input_layers"] != nil else {
            throw OsteonError(
                .unsupported,
                """
                The model is of class \(className), whose layers aren't in the file but in Python code; only Sequential and \
                Functional models say what they are.
                """
            )
        }
        return try functional(config, place)
    }

    // MARK: Sequential

    private mutating func sequential(_ json: JSONValue, _ config: JSONValue, _ place: Place) throws(OsteonError) -> KerasModel {
        let list: [JSONValue]
        let name: String
        if case .array(let layers) = config {
            (list, name) = (layers, "")
        } else {
            list = try config.member("layers").array()
            name = try config["name"]?.string() ?? ""
        }
        if let first = list.first, first["class_name"] == "Merge", case .array(let branches)? = first["config"]?["layers"] {
            return try merging(branches, list, name: name, place)
        }
        var folders = FolderNames()
        var layers: [KerasLayer] = []
        for entry in list { layers.append(try layer(entry, place, &folders)) }
        guard let first = layers.first else { throw OsteonError(.malformed, "A Sequential model without layers.") }
        if first.className != "InputLayer" {
            let shape = config["build_input_shape"] ?? json["build_config"]?["input_shape"]
            layers.insert(try input(before: first, shape, place), at: 0)
        }
        for index in layers.indices.dropFirst() {
            layers[index].calls = [LayerCallArguments(positional: [.tensor(LayerOutput(layer: index - 1, node: 0, tensor: 0))])]
        }
        return KerasModel(
            name: name, layers: layers, inputs: [LayerOutput(layer: 0, node: 0, tensor: 0)],
            outputs: [LayerOutput(layer: layers.count - 1, node: 0, tensor: 0)])
    }

    /// The input layer of a Sequential model that has none, from what its first layer says of its input.
    private func input(before first: KerasLayer, _ given: JSONValue?, _ place: Place) throws(OsteonError) -> KerasLayer {
        var holder: KerasLayer = first
        while holder.configuration.value(Self.shapeNames) == nil {
            // A layer under TimeDistributed has one axis less.
            guard holder.className != "TimeDistributed", let inner = Self.first(in: holder) else { break }
            holder = inner
        }
        var shape = holder.configuration.value(Self.shapeNames)
        if shape == nil, let given, given != .null { shape = given }
        if shape == nil, let length = try holder.configuration.optionalInt("input_dim") {
            shape = .array([nil, .integer(length)])
            if first.className == "Embedding" {
                shape = .array([nil, try holder.configuration.optionalInt("input_length").map(JSONValue.integer) ?? nil])
            }
        }
        guard let shape else {
            throw OsteonError(
                .unsupported,
                "The model \(place.path.isEmpty ? "" : place.path + " ")doesn't say its input shape: it was saved before it was built.")
        }
        var members = [JSONValue.Member("batch_shape", shape)]
        if let type = holder.configuration.value(["dtype", "input_dtype"]) { members.append(JSONValue.Member("dtype", type)) }
        if first.className == "Embedding" { members = [members[0], JSONValue.Member("dtype", "int32")] }
        let name = "\(first.name)_input"
        return KerasLayer(
            className: "InputLayer", package: "", name: name, configuration: try LayerConfiguration(.object(members), dialect),
            path: place.inner(name, storage: "").path, storagePath: "", isOperation: false)
    }

    private static func first(in layer: KerasLayer) -> KerasLayer? {
        guard let model = layer.model else { return layer.wrapped.first }
        return model.inputs.first.map { model.layers[$0.layer] }
    }

    private static let shapeNames = ["batch_input_shape", "batch_shape"]

    // MARK: Functional

    private mutating func functional(_ config: JSONValue, _ place: Place) throws(OsteonError) -> KerasModel {
        var folders = FolderNames()
        var layers: [KerasLayer] = []
        var indices: [UTF8Name: Int] = [:]
        let list = try config.member("layers").array()
        for entry in list {
            let layer = try layer(entry, place, &folders)
            guard indices.updateValue(layers.count, forKey: UTF8Name(layer.name)) == nil else {
                throw OsteonError(.malformed, "Two layers are named \(layer.name).")
            }
            layers.append(layer)
        }
        let parser = CallParser(indices: indices)
        for (layer, entry) in zip(layers, list) {
            try locating("layer \(layer.path)") { () throws(OsteonError) in
                layer.calls = try parser.calls(entry["inbound_nodes"])
            }
        }
        let inputs = try parser.references(config.member("input_layers"))
        var outputs = try parser.references(config.member("output_layers"))
        guard !outputs.isEmpty else { throw OsteonError(.malformed, "The model has no outputs.") }
        for input in inputs where layers[input.layer].className != "InputLayer" {
            throw OsteonError(.malformed, "The input \(layers[input.layer].name) isn't an InputLayer.")
        }
        if dialect.major >= 3 {
            Self.countOutputsFromZero(layers, &outputs)
        } else {
            Self.countFromZero(layers, &outputs)
        }
        return KerasModel(name: try config["name"]?.string() ?? "", layers: layers, inputs: inputs, outputs: outputs)
    }

    /// Keras 3 counts the calls of a nested Functional model from 1 where they're outputs, and from 0 where a layer reads them.
    private static func countOutputsFromZero(_ layers: [KerasLayer], _ outputs: inout [LayerOutput]) {
        for (index, output) in outputs.enumerated() where output.node > 0 && output.layer < layers.count {
            let layer = layers[output.layer]
            if layer.model != nil, layer.className != "Sequential" { outputs[index].node -= 1 }
        }
    }

    /// Nested models count their calls from 1 in most versions, their own making being call 0: from here on all count
    /// from 0. Every call is read by something, so the highest number tells.
    private static func countFromZero(_ layers: [KerasLayer], _ outputs: inout [LayerOutput]) {
        var highest: [Int: Int] = [:]
        for reference in layers.flatMap({ $0.calls.flatMap(\.tensors) }) + outputs {
            highest[reference.layer] = max(highest[reference.layer] ?? 0, reference.node)
        }
        let shifted = Set(layers.indices.filter { layers[$0].model != nil && highest[$0] == layers[$0].calls.count })
        if shifted.isEmpty { return }
        let shift = { (reference: LayerOutput) -> LayerOutput in
            var copy = reference
            if shifted.contains(reference.layer), copy.node > 0 { copy.node -= 1 }
            return copy
        }
        for layer in layers {
            for index in layer.calls.indices { layer.calls[index].mapTensors(shift) }
        }
        outputs = outputs.map(shift)
    }

    // MARK: Layers

    mutating func layer(_ entry: JSONValue, _ place: Place, _ folders: inout FolderNames) throws(OsteonError) -> KerasLayer {
        budget -= 1
        guard budget >= 0 else { throw OsteonError(.limitExceeded, "The model has more than 50000 layers.") }
        let title = try entry.member("class_name").string()
        let config = try entry.member("config")
        let pieces = title.split(separator: ">", maxSplits: 1).map(String.init)
        let package = pieces.count == 2 ? pieces[0] : ""
        let className = pieces.last ?? title
        var name = className
        if let given = entry["name"] ?? config["name"], given != .null { name = try given.string() }
        return try locating("layer \(name)") { () throws(OsteonError) in
            let module = try entry["module"].flatMap { $0 == .null ? nil : $0 }?.string() ?? ""
            let isOperation = module.contains(".ops") || module.isEmpty && isOperation(className, config)
            let here = place.inner(name, storage: isOperation ? "" : folders.next(className))
            let isModel = className == "Sequential" || (config["layers"] != nil && config["input_layers"] != nil)
            // A Sequential model of Keras 1 is a bare list.
            let members = isModel ? Self.withoutLayers(config) : config
            let layer = KerasLayer(
                className: className, package: package, name: name, configuration: try LayerConfiguration(members, dialect),
                path: here.path, storagePath: here.storage, isOperation: isOperation)
            if isModel {
                layer.model = try model(entry, here)
            } else {
                layer.wrapped = try wrapped(config, className, here)
            }
            return layer
        }
    }

    /// Whether it's an operation of Keras 3 in a file that says no modules (`.h5`): every layer says whether it's trained.
    private func isOperation(_ className: String, _ config: JSONValue) -> Bool {
        dialect.major >= 3 && className != "InputLayer" && config["trainable"] == nil && config["layers"] == nil
            && OperationRules.rule(for: className) != nil
    }

    private static func withoutLayers(_ config: JSONValue) -> JSONValue {
        guard case .object(let members) = config else { return .object([]) }
        return .object(members.filter { ["name", "trainable", "dtype"].contains($0.name) })
    }

    /// A recurrent layer that goes the other way.
    private static func turned(_ entry: JSONValue) -> JSONValue {
        guard case .object(let members) = entry, case .object(let config)? = entry["config"] else { return entry }
        let isBackwards = entry["config"]?["go_backwards"] == true
        let others = config.filter { $0.name != "go_backwards" } + [JSONValue.Member("go_backwards", .bool(!isBackwards))]
        return .object(members.map { $0.name == "config" ? JSONValue.Member("config", .object(others)) : $0 })
    }

    /// The layers a wrapper holds.
    private mutating func wrapped(_ config: JSONValue, _ className: String, _ place: Place) throws(OsteonError) -> [KerasLayer] {
        let holdsCells = ["RNN", "StackedRNNCells"].contains(className)
        guard holdsCells || config["layer"]?["class_name"] != nil else { return [] }
        guard place.depth < Self.deepest else {
            throw OsteonError(.limitExceeded, "Models and wrappers nested more than \(Self.deepest) deep.")
        }
        if holdsCells { return try cells(config, place) }
        guard let inner = config["layer"] else { return [] }
        var result: [KerasLayer] = []
        let roles = className == "Bidirectional" ? ["forward_layer", "backward_layer"] : ["layer"]
        for role in roles {
            var folders = FolderNames(fixed: role)
            var entry = inner
            if role == "backward_layer" {
                if let own = config["backward_layer"], own["class_name"] != nil { entry = own } else { entry = Self.turned(inner) }
            }
            result.append(try layer(entry, Place(path: "\(place.path)/\(role)", storage: place.storage, depth: place.depth + 1), &folders))
        }
        return result
    }
}

/// The folders Keras 3 keeps the layers of a model in: the class in snake case, numbered.
struct FolderNames {
    private var counts: [String: Int] = [:]
    /// A wrapped layer's folder is named after its role.
    private let fixed: String?
    private let folder: String

    init(fixed: String? = nil, folder: String = "layers") {
        self.fixed = fixed
        self.folder = folder
    }

    fileprivate mutating func next(_ className: String) -> String {
        if let fixed { return fixed }
        let base = className.snakeCase
        let number = counts[base, default: 0]
        counts[base] = number + 1
        return number == 0 ? "\(folder)/\(base)" : "\(folder)/\(base)_\(number)"
    }
}

extension String {
    /// `Conv2DTranspose` as `conv2d_transpose`: the way Keras names layers after their classes.
    var snakeCase: String {
        let characters = Array(unicodeScalars.filter { $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) })
        let isUpper = { (c: Unicode.Scalar) in ("A"..."Z").contains(c) }
        let isLower = { (c: Unicode.Scalar) in ("a"..."z").contains(c) }
        // First: "_" before each capital that small letters follow, then between small and capital.
        var first: [Unicode.Scalar] = []
        for (index, c) in characters.enumerated() {
            if index > 0, isUpper(c), index + 1 < characters.count, isLower(characters[index + 1]) { first.append("_") }
            first.append(c)
        }
        var result = String.UnicodeScalarView()
        for (index, c) in first.enumerated() {
            if index > 0, isUpper(c), isLower(first[index - 1]) { result.append("_") }
            result.append(c)
        }
        return String(result).lowercased()
    }
}
