import Bytes
import GraphIR

/// Finds where channels are for layers that don't say it: Keras 1 wrote no `dim_ordering` for padding, cropping and upsampling.
///
/// It was the one the author's Keras was set to, and so the one of the layers around: that of all layers of the model where they
/// agree, else that of the nearest ones that a layer reads from or feeds.
struct MissingDataFormats {
    private let told: KerasOrigin.DataFormat?
    /// What the layers that say it agree on; nil where they don't, or where none says it.
    private let common: String?
    private(set) var notes: [String] = []

    /// The layers of Keras 1 that have channels and don't say where.
    private static let silent: Set<String> = [
        "UpSampling2D", "UpSampling3D", "ZeroPadding2D", "ZeroPadding3D", "Cropping2D", "Cropping3D",
    ]
    /// Layers behind which an axis may be another one.
    private static let moving: Set<String> = ["Permute", "Reshape", "Flatten", "RepeatVector", "Lambda"]

    private init(_ told: KerasOrigin.DataFormat?, _ common: String?) {
        self.told = told
        self.common = common
    }

    /// Gives each silent layer of a model of Keras 1 its data format.
    /// - Returns: what a person should know.
    /// - Throws: `.usage` where nothing tells it.
    static func settle(_ model: KerasModel, _ dialect: KerasDialect, told: KerasOrigin.DataFormat?) throws(OsteonError) -> [String] {
        guard dialect.major == 1 else { return [] }
        let layers = model.allLayers
        let said = Set(layers.compactMap(format))
        guard layers.contains(where: isSilent) else { return [] }
        var search = MissingDataFormats(told, said.count == 1 ? said.first : nil)
        try search.settle(model)
        return search.notes
    }

    private static func isSilent(_ layer: KerasLayer) -> Bool { silent.contains(layer.className) && format(layer) == nil }

    /// What a layer says; nil where it says nothing.
    private static func format(_ layer: KerasLayer) -> String? {
        guard case .string(let text)? = layer.configuration.value(["dim_ordering", "data_format"]) else { return nil }
        switch text {
        case "th", "channels_first": return KerasOrigin.DataFormat.channelsFirst.rawValue
        case "tf", "channels_last": return KerasOrigin.DataFormat.channelsLast.rawValue
        default: return nil
        }
    }

    private mutating func settle(_ model: KerasModel) throws(OsteonError) {
        let near = common == nil ? Self.nearest(model) : [:]
        for (index, layer) in model.layers.enumerated() {
            if let inner = layer.model { try settle(inner) }
            for part in [layer] + layer.wrapped where Self.isSilent(part) {
                part.configuration = part.configuration.adding("data_format", .string(try format(of: part, near: near[index])))
            }
        }
    }

    private mutating func format(of layer: KerasLayer, near: String?) throws(OsteonError) -> String {
        if let found = common ?? near {
            let text = "layers that don't say where their channels are (\(layer.className)) take \(found) from the layers around"
            if !notes.contains(text) { notes.append(text) }
            return found
        }
        guard let told else {
            throw OsteonError(
                .usage,
                """
                The layer \(layer.path) (\(layer.className)) doesn't say where its channels are, which Keras 1 didn't write, and no \
                layer around it does; say it with \(Parameter.kerasDataFormat) channels_first or channels_last.
                """
            )
        }
        let text = "layers that don't record where their channels are (\(layer.className)) are taken as \(told.rawValue), as given"
        if !notes.contains(text) { notes.append(text) }
        return told.rawValue
    }

    /// For each layer the data format of the nearest layers it reads from or feeds, where those agree.
    private static func nearest(_ model: KerasModel) -> [Int: String] {
        var sources: [[Int]] = []
        var readers = [[Int]](repeating: [], count: model.layers.count)
        for (index, layer) in model.layers.enumerated() {
            sources.append(layer.calls.flatMap(\.tensors).map(\.layer))
            for source in sources[index] { readers[source].append(index) }
        }
        var result: [Int: String] = [:]
        for (index, layer) in model.layers.enumerated() where ([layer] + layer.wrapped).contains(where: isSilent) {
            var found: Set<String> = []
            for next in [sources, readers] { found.formUnion(formats(from: index, next, model.layers)) }
            if found.count == 1 { result[index] = found.first }
        }
        return result
    }

    /// What the first layers in one direction say.
    private static func formats(from start: Int, _ next: [[Int]], _ layers: [KerasLayer]) -> Set<String> {
        var found: Set<String> = []
        var seen: Set<Int> = [start]
        var stack = next[start]
        while let index = stack.popLast() {
            guard seen.insert(index).inserted else { continue }
            let layer = layers[index]
            if let said = ([layer] + layer.wrapped).compactMap(format).first {
                found.insert(said)
            } else if layer.model == nil, !moving.contains(layer.className) {
                stack += next[index]
            }
        }
        return found
    }
}
