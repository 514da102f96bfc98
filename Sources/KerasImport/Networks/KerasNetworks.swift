import Bytes

/// Osteon's own definitions of networks that are published as weights only.
///
/// Each makes the configuration Keras itself would have saved, so that everything behind it is shared with whole models.
/// Layers are named as in the published files. Where those changed their names over time (ResNet50, DenseNet), the
/// layers in the file decide; so they do about the classifier unless `include_top` is given.
enum KerasNetworks {
    private static let table: [(name: String, make: @Sendable (inout NetworkArguments) throws(OsteonError) -> JSONValue)] = [
        ("densenet121", { (a) throws(OsteonError) in try DenseNet.model("densenet121", blocks: [6, 12, 24, 16], &a) }),
        ("densenet169", { (a) throws(OsteonError) in try DenseNet.model("densenet169", blocks: [6, 12, 32, 32], &a) }),
        ("densenet201", { (a) throws(OsteonError) in try DenseNet.model("densenet201", blocks: [6, 12, 48, 32], &a) }),
        ("mobilenet", { (a) throws(OsteonError) in try MobileNet.model(&a) }),
        ("resnet50", { (a) throws(OsteonError) in try ResNet.model("resnet50", blocks: [3, 4, 6, 3], &a) }),
        ("resnet101", { (a) throws(OsteonError) in try ResNet.model("resnet101", blocks: [3, 4, 23, 3], &a) }),
        ("resnet152", { (a) throws(OsteonError) in try ResNet.model("resnet152", blocks: [3, 8, 36, 3], &a) }),
        ("unet2d", { (a) throws(OsteonError) in try UNet.model("unet2d", rank: 2, &a) }),
        ("unet3d", { (a) throws(OsteonError) in try UNet.model("unet3d", rank: 3, &a) }),
        ("vgg16", { (a) throws(OsteonError) in try VGG.model("vgg16", blocks: [2, 2, 3, 3, 3], &a) }),
        ("vgg19", { (a) throws(OsteonError) in try VGG.model("vgg19", blocks: [2, 2, 4, 4, 4], &a) }),
    ]

    static var names: [String] { table.map(\.name) }

    /// The configuration of a network.
    /// - Parameters:
    ///   - arguments: what its constructor takes, such as `include_top` or `n_base_filters`.
    ///   - layers: the layers with weights in the file.
    /// - Throws: `.usage` for a name or an argument that isn't known.
    static func model(_ name: String, _ arguments: [JSONValue.Member], layers: [String]) throws(OsteonError) -> JSONValue {
        guard let network = table.first(where: { $0.name == name.lowercased() }) else {
            throw OsteonError(
                .usage,
                "There's no Keras network \(name); known are \(names.joined(separator: ", ")), or give a file made by model.to_json().")
        }
        var values = NetworkArguments(network: network.name, arguments, layers: layers)
        let model = try network.make(&values)
        try values.finish()
        return model
    }
}

/// The arguments of a network's constructor; each is taken once.
struct NetworkArguments {
    private let network: String
    private var values: [JSONValue.Member]
    private var known: [String] = []
    /// The layers with weights in the file.
    let layers: Set<String>

    init(network: String, _ values: [JSONValue.Member], layers: [String]) {
        self.network = network
        self.values = values
        self.layers = Set(layers)
    }

    private mutating func take<T>(
        _ name: String, _ fallback: T, _ read: (JSONValue) throws(OsteonError) -> T
    ) throws(OsteonError) -> T {
        known.append(name)
        guard let index = values.firstIndex(where: { $0.name == name }) else { return fallback }
        let value = values.remove(at: index).value
        do { return try read(value) } catch {
            throw OsteonError(.usage, "The argument \(name) of \(network): \(error.message)")
        }
    }

    mutating func integer(_ name: String, _ fallback: Int, _ range: ClosedRange<Int>) throws(OsteonError) -> Int {
        try take(name, fallback) { (value) throws(OsteonError) in
            let number = try value.integer()
            guard range.contains(number) else {
                throw OsteonError(.usage, "\(number) isn't from \(range.lowerBound) to \(range.upperBound).")
            }
            return number
        }
    }

    mutating func number(_ name: String, _ fallback: Double) throws(OsteonError) -> Double {
        try take(name, fallback) { (value) throws(OsteonError) in try value.double() }
    }

    mutating func flag(_ name: String, _ fallback: Bool) throws(OsteonError) -> Bool {
        try take(name, fallback) { (value) throws(OsteonError) in try value.bool() }
    }

    mutating func text(_ name: String, _ fallback: String, among choices: [String] = []) throws(OsteonError) -> String {
        try take(name, fallback) { (value) throws(OsteonError) in
            let text = try value.string()
            guard choices.isEmpty || choices.contains(text) else {
                throw OsteonError(.usage, "\(text) isn't one of \(choices.joined(separator: ", ")).")
            }
            return text
        }
    }

    /// The input's shape without the batch; `null` for an extent that's free.
    mutating func shape(_ name: String, _ fallback: [Int?], rank: Int) throws(OsteonError) -> [Int?] {
        try take(name, fallback) { (value) throws(OsteonError) in
            let shape = try LayerConfiguration.shape(value)
            guard shape.count == rank else { throw OsteonError(.usage, "A shape of \(rank) extents is needed.") }
            return shape
        }
    }

    /// - Throws: `.usage` where an argument was never taken.
    func finish() throws(OsteonError) {
        guard let other = values.first else { return }
        throw OsteonError(.usage, "\(network) has no argument \(other.name); it takes \(known.joined(separator: ", ")).")
    }
}
