import Bytes

/// Writes the configuration of a Functional model, layer by layer, as Keras 2 saves it.
struct NetworkWriter {
    private let name: String
    private let isChannelsFirst: Bool
    private var layers: [JSONValue] = []
    private var input = ""
    private var counts: [String: Int] = [:]

    init(_ name: String, isChannelsFirst: Bool = false) {
        self.name = name
        self.isChannelsFirst = isChannelsFirst
    }

    /// The axis of the channels.
    var channelAxis: JSONValue { isChannelsFirst ? 1 : -1 }
    private var format: JSONValue { isChannelsFirst ? "channels_first" : "channels_last" }

    mutating func addInput(_ shape: [Int?]) -> String {
        input = "input_1"
        let extents: [JSONValue] = [.null] + shape.map { $0.map(JSONValue.integer) ?? .null }
        let config: [JSONValue.Member] = [
            JSONValue.Member("name", .string(input)), JSONValue.Member("batch_input_shape", .array(extents)),
            JSONValue.Member("dtype", "float32"),
        ]
        append("InputLayer", input, config, [])
        return input
    }

    /// Adds a layer that reads `sources`; without a name it's named after its class and numbered.
    /// - Returns: its name.
    mutating func add(
        _ className: String, _ name: String? = nil, _ settings: KeyValuePairs<String, JSONValue> = [:], from sources: String...
    ) -> String {
        let base = className.snakeCase
        counts[base, default: 0] += name == nil ? 1 : 0
        let name = name ?? "\(base)_\(counts[base] ?? 0)"
        var config = [JSONValue.Member("name", .string(name)), JSONValue.Member("data_format", format)]
        for (key, value) in settings { config.append(JSONValue.Member(key, value)) }
        append(className, name, config, sources)
        return name
    }

    private mutating func append(_ className: String, _ name: String, _ config: [JSONValue.Member], _ sources: [String]) {
        let node = JSONValue.array(sources.map { [.string($0), 0, 0, .object([])] })
        layers.append([
            "class_name": .string(className), "name": .string(name), "config": .object(config),
            "inbound_nodes": .array(sources.isEmpty ? [] : [node]),
        ])
    }

    func model(output: String) -> JSONValue {
        [
            "class_name": "Model", "keras_version": "2.2.4",
            "config": [
                "name": .string(name), "layers": .array(layers), "input_layers": [[.string(input), 0, 0]],
                "output_layers": [[.string(output), 0, 0]],
            ],
        ]
    }

    // MARK: What many networks have

    mutating func convolution(
        _ name: String?, _ filters: Int, _ kernel: Int, strides: Int = 1, padding: String = "valid", activation: String = "linear",
        bias: Bool = true, rank: Int = 2, from source: String
    ) -> String {
        add(
            "Conv\(rank)D", name,
            [
                "filters": .integer(filters), "kernel_size": .integer(kernel), "strides": .integer(strides), "padding": .string(padding),
                "activation": .string(activation), "use_bias": .bool(bias),
            ], from: source)
    }

    mutating func normalization(_ name: String?, epsilon: Double = 1e-3, from source: String) -> String {
        add("BatchNormalization", name, ["axis": channelAxis, "epsilon": .number(epsilon)], from: source)
    }

    mutating func activation(_ name: String?, _ function: String, from source: String) -> String {
        add("Activation", name, ["activation": .string(function)], from: source)
    }

    mutating func padding(_ begin: Int, _ end: Int, _ name: String? = nil, from source: String) -> String {
        let pair: JSONValue = [.integer(begin), .integer(end)]
        return add("ZeroPadding2D", name, ["padding": [pair, pair]], from: source)
    }

    mutating func dense(_ name: String, _ units: Int, _ activation: String, from source: String) -> String {
        add("Dense", name, ["units": .integer(units), "activation": .string(activation)], from: source)
    }
}

/// What the classifiers of `keras.applications` have in common.
struct ClassifierOptions {
    var includesTop: Bool
    var classes: Int
    var activation: String
    var pooling: String
    var shape: [Int?]

    /// - Parameter tops: the names the last layer goes by; one of them in the file means that the classifier is there.
    init(_ arguments: inout NetworkArguments, tops: [String], size: Int?) throws(OsteonError) {
        let layers = arguments.layers
        includesTop = try arguments.flag("include_top", tops.contains(where: layers.contains))
        classes = try arguments.integer("classes", 1000, 1...1_000_000)
        activation = try arguments.text("classifier_activation", "softmax")
        pooling = try arguments.text("pooling", "none", among: ["none", "avg", "max"])
        let extent = includesTop ? size : nil
        shape = try arguments.shape("input_shape", [extent, extent, 3], rank: 3)
    }

    /// The end of a network without its classifier.
    func withoutTop(_ writer: inout NetworkWriter, from source: String) -> String {
        switch pooling {
        case "avg": writer.add("GlobalAveragePooling2D", "avg_pool", from: source)
        case "max": writer.add("GlobalMaxPooling2D", "max_pool", from: source)
        default: source
        }
    }
}
