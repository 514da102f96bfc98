import Bytes
import GraphIR
import Operators
import Tensors

/// An activation as attributes of a convolution, as files of older writers have it; it's read as a node of its own.
struct WrittenActivation {
    /// What the file calls it.
    let name: String
    let op: any Operator
    /// The operator's inputs behind the first, constants.
    let arguments: [(name: String, value: Double)]

    /// The operator each stood for, and what the numbers `activation_alpha` and `activation_beta` were of it.
    private static let known: [String: (operator: String, numbers: [String])] = [
        "relu": ("Relu", []), "leaky_relu": ("LeakyRelu", ["alpha"]), "elu": ("Elu", ["alpha"]), "sigmoid": ("Sigmoid", []),
        "tanh": ("Tanh", []), "clip": ("Clip", ["minimum", "maximum"]), "hard_sigmoid": ("HardSigmoid", ["alpha", "beta"]),
        "hard_swish": ("HardSwish", []), "swish": ("Swish", ["alpha"]), "softplus": ("Softplus", []), "mish": ("Mish", []),
        "gelu": ("Gelu", []),
    ]

    /// Takes the attributes of an activation out of those of a node.
    /// - Returns: nil where the node has none.
    /// - Throws: `.malformed` where they're of another kind than an activation's.
    init?(takenFrom attributes: inout [String: AttributeValue], of op: String) throws(OsteonError) {
        guard op == Convolution.id || op == TransposedConvolution.id else { return nil }
        var own = AttributeAssigner(
            ["activation", "activation_alpha", "activation_beta"].reduce(into: [:]) { $0[$1] = attributes.removeValue(forKey: $1) })
        var name = "none"
        var numbers = [0.0, 0]
        try own.visit("activation", &name)
        try own.visit("activation_alpha", &numbers[0])
        try own.visit("activation_beta", &numbers[1])
        guard name != "none" else { return nil }
        guard let known = Self.known[name] else {
            throw OsteonError(.malformed, "\"\(name)\" is not one of \(Self.known.keys.sorted().joined(separator: ", ")).")
        }
        self.name = name
        let given = Array(zip(known.numbers, numbers))
        // Bounds are inputs of their operator, other numbers its attributes.
        let areInputs = known.operator == Clip.id
        arguments = areInputs ? given.map { ($0, $1) } : []
        self.op = try OperatorCatalogue.make(
            known.operator, areInputs ? [:] : Dictionary(uniqueKeysWithValues: given.map { ($0, .double($1)) }))
    }
}

/// The names of values and nodes that the JSON of a graph gives, so that what's added to it gets others.
struct WrittenNames {
    private var values: Set<UTF8Name> = []
    private var nodes: Set<UTF8Name> = []

    /// What isn't as it should be is left out: the reader comes to it.
    init(_ json: JSONValue) {
        for list in ["inputs", "constants"] { values.formUnion(Self.names(json[list])) }
        nodes = Set(Self.names(json["nodes"]))
        for node in (try? json["nodes"]?.array()) ?? [] { values.formUnion(Self.names(node["outputs"])) }
    }

    private static func names(_ list: JSONValue?) -> [UTF8Name] {
        ((try? list?.array()) ?? []).compactMap { try? $0.member("name").string() }.map { UTF8Name($0) }
    }

    mutating func freshValue(_ base: String) -> String { Self.fresh(base, &values) }
    mutating func freshNode(_ base: String) -> String { Self.fresh(base, &nodes) }

    private static func fresh(_ base: String, _ taken: inout Set<UTF8Name>) -> String {
        var name = base
        var count = 0
        while !taken.insert(UTF8Name(name)).inserted {
            count += 1
            name = "\(base)_\(count)"
        }
        return name
    }
}
