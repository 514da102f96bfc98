import Bytes
import Tensors
import WireFormats

/// The values of a graph's variables, from a checkpoint.
struct VariableValues {
    private let bundle: TensorBundle
    private let bindings: VariableBindings
    /// Keys of entries by the variables' own names, for graphs that don't say how they're restored.
    private let objectKeys: [String: String]

    /// - Parameter nodes: the graph's, calls of functions inlined.
    init(_ bundle: TensorBundle, _ nodes: NodeTable, restoredBy restore: String) throws(OsteonError) {
        self.bundle = bundle
        bindings = try VariableBindings(nodes, restoredBy: restore)
        objectKeys = try Self.objectKeys(bundle)
    }

    /// Every file read so far, the index first.
    var files: [MappedFile] { bundle.files }

    /// The value of the variable that `node` stands for.
    /// - Throws: `.malformed` where the checkpoint lacks it, or has it in another shape or type.
    func tensor(_ node: GraphNode) throws(OsteonError) -> Tensor {
        let place = try place(of: node)
        let tensor = try bundle.tensor(place.key, slice: place.slice)
        if let shape = try node.attributes.shape("shape"), !shape.unknownRank, shape.dim.allSatisfy({ $0.size >= 0 }) {
            let wanted = try shape.fixedShape()
            guard wanted == tensor.shape else {
                throw OsteonError(
                    .malformed,
                    """
                    The graph has the variable with shape \(wanted), the checkpoint \(bundle.prefix) has \(place.key) with \
                    \(tensor.shape).
                    """
                )
            }
        }
        if let type = try node.attributes.type("dtype"), type != tensor.elementType {
            throw OsteonError(
                .malformed,
                """
                The graph has the variable as \(type.rawValue), the checkpoint \(bundle.prefix) has \(place.key) as \
                \(tensor.elementType.rawValue).
                """
            )
        }
        return tensor
    }

    private func place(of node: GraphNode) throws(OsteonError) -> VariableBindings.Place {
        if let place = bindings.places[node.name] {
            guard bundle.contains(place.key) else { throw missing(place.key) }
            return place
        }
        let shared = try node.attributes.string("shared_name", default: "")
        for name in [shared, node.name] where !name.isEmpty {
            if bundle.contains(name) { return VariableBindings.Place(key: name) }
            if let key = objectKeys[name] { return VariableBindings.Place(key: key) }
        }
        throw missing(node.name)
    }

    private func missing(_ key: String) -> OsteonError {
        OsteonError(.malformed, "The checkpoint \(bundle.prefix) has no variable \(key); it doesn't belong to this graph, or was cut down.")
    }

    private static func objectKeys(_ bundle: TensorBundle) throws(OsteonError) -> [String: String] {
        guard let bytes = try bundle.string("_CHECKPOINTABLE_OBJECT_GRAPH") else { return [:] }
        let graph: Tensorflow_TrackableObjectGraph = try decodeMessage(SharedBytes(bytes), "The checkpoint's object graph")
        var result: [String: String] = [:]
        var ambiguous: Set<String> = []
        for object in graph.nodes {
            for attribute in object.attributes where attribute.name == "VARIABLE_VALUE" && !attribute.fullName.isEmpty {
                let known = result.updateValue(attribute.checkpointKey, forKey: attribute.fullName)
                if let known, known != attribute.checkpointKey { ambiguous.insert(attribute.fullName) }
            }
        }
        return result.filter { !ambiguous.contains($0.key) }
    }
}
