import Bytes
import GraphIR

/// Every operator there is. Adding one is its file and its line here.
public enum OperatorCatalogue {
    public static let all: [any Operator.Type] = activations + arithmetic

    static let activations: [any Operator.Type] = [
        LeakyRelu.self,
        Relu.self,
    ]

    static let arithmetic: [any Operator.Type] = [
        Add.self,
    ]

    private static let byID: [String: any Operator.Type] = {
        var result: [String: any Operator.Type] = [:]
        for type in all { result[type.id] = type }
        return result
    }()

    /// The operator with this id and these attributes, the others at their defaults.
    /// - Throws: `.unsupported` for an unknown id or attribute, `.malformed` for a wrong value.
    public static func make(_ id: String, _ attributes: [String: AttributeValue]) throws(OsteonError) -> any Operator {
        guard let type = byID[id] else { throw OsteonError(.unsupported, "Unknown operator \(id).") }
        return try locating("operator \(id)") { () throws(OsteonError) in try type.decode(attributes) }
    }
}
