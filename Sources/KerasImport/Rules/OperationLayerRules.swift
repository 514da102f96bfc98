import Bytes
import GraphIR
import ImportSupport
import Tensors

/// TensorFlow nodes that Keras of TensorFlow 2.0 to 2.3 put into models (`TensorFlowOpLayer`): data, no code.
enum OperationLayerRules {
    static let table: [String: LayerRule] = ["TensorFlowOpLayer": operation]

    private static func operation(_ call: LayerCall, _ builder: KerasBuilder) throws(OsteonError) -> [ValueID] {
        guard let importer = builder.operations else { throw OsteonError(.unsupported, "a TensorFlow node") }
        guard let node = call.configuration.value(["node_def"]) else { throw OsteonError(.malformed, "Its configuration has no node_def.") }
        var inputs = call.inputs.map { value -> FragmentInput in
            builder.graph.constant(value).map(FragmentInput.constant) ?? .value(builder.graph.type(value))
        }
        // Constants are kept by their place among the inputs.
        var places: [(place: Int, value: JSONValue)] = []
        for member in try call.configuration.value(["constants"])?.members() ?? [] {
            guard let place = Int(member.name), (0...1024).contains(place) else {
                throw OsteonError(.malformed, "Its constant \(member.name) has no place.")
            }
            places.append((place, member.value))
        }
        let type = call.inputs.first.map { builder.graph.type($0).elementType } ?? .f32
        for (place, value) in places.sorted(by: { $0.place < $1.place }) {
            guard place <= inputs.count else {
                throw OsteonError(.malformed, "Its constant \(place) has no place among \(inputs.count) inputs.")
            }
            inputs.insert(.constant(try constant(value, like: type)), at: place)
        }
        let read = call.inputs.filter { builder.graph.constant($0) == nil }
        return try builder.splice(importer(node, inputs), read)
    }

    /// Numbers as TensorFlow makes them of Python's: whole ones `i32`, others of the type of the tensors beside them.
    private static func constant(_ json: JSONValue, like type: ElementType) throws(OsteonError) -> Tensor {
        let configuration = try LayerConfiguration(.object([JSONValue.Member("value", json)]), KerasDialect(major: 2))
        guard let (values, shape) = try configuration.numbers("value") else { throw OsteonError(.malformed, "A constant without numbers.") }
        return try Tensor(values, shape: shape).converted(to: isWhole(json) ? .i32 : type.isFloat ? type : .f32)
    }

    private static func isWhole(_ json: JSONValue) -> Bool {
        switch json {
        case .integer: true
        case .array(let items): items.allSatisfy(isWhole)
        default: false
        }
    }
}
