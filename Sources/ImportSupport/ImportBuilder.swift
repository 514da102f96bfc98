import Bytes
import GraphIR
import Operators
import Tensors

/// Builds the portable graph while nodes are imported: adds operators, folds constants, shares transposes.
///
/// Values that a source's node or layer makes keep its name; what's added around them is named "node:part", which can't
/// meet another node's name (an importer that knows better passes its names to `add`). Values stay in the source's own layout: an
/// operator on channels-last data gets transposes around it, which the optimiser cancels.
///
/// Subclasses are `package`: builds for testing give an internal one a thunk of the initialiser that calls itself. Nothing calls it, but
/// the compiler warns.
open class ImportBuilder {
    package var graph: Graph
    /// The name of the node or layer being imported.
    package var scope = ""
    /// What's known of integer vectors and scalars that aren't wholly constant.
    var partialIntegers: [ValueID: [PartialInteger]] = [:]
    /// What the extents of a value were made of, where a reshape said so.
    var madeExtents: [ValueID: [PartialInteger]] = [:]

    private var channelsFirst: [ValueID: ValueID] = [:]
    private var transposed: [Permuted: ValueID] = [:]
    /// Transposed constants and the names they take over.
    private var renames: [(ValueID, String)] = []

    private struct Permuted: Hashable {
        var value: ValueID
        var permutation: [Int]
    }

    /// Results of at most this many bytes are computed at import where all inputs are constant: shape arithmetic, not weights.
    private static let foldLimit = 1 << 16
    /// How many bytes all of them together may still take, so that no file can make this much of nothing.
    private var foldBudget = 64 << 20
    private let followsIntegers: Bool
    private let keepsQuantization: Bool

    /// - Parameters:
    ///   - followsIntegers: whether shape arithmetic is followed integer by integer where a shape isn't constant as a whole.
    ///   - keepsQuantization: whether quantisation and dequantisation of constants stay nodes.
    package init(name: String = "", followsIntegers: Bool = true, keepsQuantization: Bool = false) {
        graph = Graph(name: name)
        self.followsIntegers = followsIntegers
        self.keepsQuantization = keepsQuantization
    }

    // MARK: Adding

    /// Adds an operator with the outputs the current node has; the first is named as the node is.
    package func outputs(_ op: any Operator, _ inputs: [ValueID?], count: Int) throws(OsteonError) -> [ValueID] {
        let names = (0..<count).map { $0 == 0 ? scope : "\(scope):\($0)" }
        return try add(op, inputs, outputNames: names)
    }

    /// Adds an operator whose output is the current node's.
    package func result(_ op: any Operator, _ inputs: [ValueID?]) throws(OsteonError) -> ValueID {
        try single(add(op, inputs, outputNames: [scope]))
    }

    /// Adds an operator that is one step of the current node.
    package func step(_ part: String, _ op: any Operator, _ inputs: [ValueID?]) throws(OsteonError) -> ValueID {
        try single(add(op, inputs, outputNames: ["\(scope):\(part)"]))
    }

    /// Adds an operator with several outputs that is one step of the current node.
    package func steps(_ part: String, _ op: any Operator, _ inputs: [ValueID?], count: Int) throws(OsteonError) -> [ValueID] {
        try add(op, inputs, outputNames: (0..<count).map { "\(scope):\(part)_\($0)" })
    }

    private func single(_ values: [ValueID]) throws(OsteonError) -> ValueID {
        guard let value = values.first else { throw OsteonError(.internalFault, "An operator without an output.") }
        return value
    }

    /// Adds an operator under names of its own; where its inputs are small constants, its outputs become constants at once.
    /// - Parameter name: the node's; empty for that of its first output.
    package func add(
        _ op: any Operator, _ inputs: [ValueID?], name: String = "", outputNames: [String]
    ) throws(OsteonError) -> [ValueID] {
        let values = try graph.add(op, inputs, name: name, outputNames: outputNames)
        guard let first = values.first, let node = graph.producer(first) else { return values }
        if keepsQuantization, !op.traits.isDisjoint(with: [.quantizes, .dequantizes]) { return values }
        let isConstant = inputs.allSatisfy { $0 == nil || graph.constant($0) != nil }
        if isConstant || op.traits.contains(.asksForTypes), foldBudget > 0 {
            if try graph.inferAndFold(node, foldLimit: Self.foldLimit) {
                for value in values { foldBudget -= graph.constant(value)?.byteCount ?? 0 }
                return values
            }
        }
        if followsIntegers, values.count == 1 { try track(op, inputs, first) }
        return values
    }

    // MARK: Constants

    package func constant(_ tensor: Tensor, _ part: String) -> ValueID {
        graph.addConstant("\(scope):\(part)", tensor)
    }

    /// An `i64` vector.
    package func integers(_ values: [Int], _ part: String) throws(OsteonError) -> ValueID {
        constant(try Tensor(values.map { Int64($0) }), part)
    }

    /// A scalar of another value's element type.
    package func scalar(_ value: Double, like other: ValueID, _ part: String) throws(OsteonError) -> ValueID {
        constant(try Tensor(scalar: value).converted(to: graph.type(other).elementType), part)
    }

    /// The integers of an input that must be constant.
    package func constantIntegers(_ value: ValueID, _ what: String) throws(OsteonError) -> [Int] {
        guard let tensor = graph.constant(value) else {
            throw OsteonError(.unsupported, "its \(what) isn't constant")
        }
        return try tensor.integers()
    }

    /// The one integer of an input that must be constant.
    package func constantInteger(_ value: ValueID, _ what: String) throws(OsteonError) -> Int {
        guard let number = try constantIntegers(value, what).first else {
            throw OsteonError(.malformed, "Its \(what) is empty.")
        }
        return number
    }

    /// The value as `i64`, as shape inputs have to be.
    package func asInt64(_ value: ValueID) throws(OsteonError) -> ValueID {
        try converted(value, to: .i64)
    }

    /// The value in another element type; a cast from that very integer type is undone instead.
    package func converted(_ value: ValueID, to type: ElementType) throws(OsteonError) -> ValueID {
        let current = graph.type(value).elementType
        if current == type { return value }
        if let tensor = graph.constant(value), tensor.byteCount <= Self.foldLimit {
            return graph.addConstant("\(graph[value].name):\(type.rawValue)", try tensor.converted(to: type))
        }
        if let producer = graph.producer(value), graph[producer].op is Cast, let source = graph[producer].inputs.first ?? nil,
            type == .i64, graph.type(source).elementType == type
        {
            return source
        }
        return try step(type.rawValue, Cast(elementType: type), [value])
    }

    /// `i64` axes as a vector, from a scalar or a vector.
    package func axes(_ value: ValueID) throws(OsteonError) -> ValueID {
        let axes = try asInt64(value)
        guard graph.type(axes).rank == 0 else { return axes }
        return try step("axes", Reshape(), [axes, integers([1], "axes_shape")])
    }

    // MARK: Layout

    /// The value with its channels on axis 1.
    package func channelsFirst(_ value: ValueID, _ layout: ChannelLayout) throws(OsteonError) -> ValueID {
        guard layout.isChannelsLast else { return value }
        if let other = channelsFirst[value] { return other }
        let name = "\(graph[value].name):to_channels_first"
        let other = try single(add(Transpose(permutation: layout.toChannelsFirst), [value], outputNames: [name]))
        channelsFirst[value] = other
        return other
    }

    /// Adds an operator that works on channels-first data, and gives its result in the node's own layout.
    package func spatial(_ op: any Operator, _ inputs: [ValueID?], _ layout: ChannelLayout) throws(OsteonError) -> ValueID {
        guard layout.isChannelsLast else { return try result(op, inputs) }
        return try channelsLast(step("channels_first", op, inputs), layout)
    }

    /// A channels-first value as the current node's result, in the node's own layout.
    package func channelsLast(_ value: ValueID, _ layout: ChannelLayout) throws(OsteonError) -> ValueID {
        let back = try result(Transpose(permutation: layout.toChannelsLast), [value])
        channelsFirst[back] = value
        return back
    }

    /// The value with its axes permuted; a constant is permuted now, and once for all who ask.
    package func permuted(_ value: ValueID, _ permutation: [Int]) throws(OsteonError) -> ValueID {
        let key = Permuted(value: value, permutation: permutation)
        if let known = transposed[key] { return known }
        let name = graph[value].name
        guard let tensor = graph.constant(value) else {
            return try step("transposed", Transpose(permutation: permutation), [value])
        }
        guard tensor.rank == permutation.count else {
            throw OsteonError(.invalidGraph, "The weight \(name) has rank \(tensor.rank), not \(permutation.count).")
        }
        guard let result = try Transpose(permutation: permutation).evaluate([tensor]).first else {
            throw OsteonError(.internalFault, "A transpose without an output.")
        }
        let id = graph.addConstant("\(name):transposed", result)
        transposed[key] = id
        renames.append((id, name))
        return id
    }

    /// The value reshaped; a constant now, sharing its memory.
    package func reshaped(_ value: ValueID, _ shape: [Int], _ part: String) throws(OsteonError) -> ValueID {
        if let tensor = graph.constant(value) { return constant(try tensor.reshaped(shape), part) }
        return try step(part, Reshape(), [value, integers(shape, "\(part)_shape")])
    }

    // MARK: Finishing

    /// Sets the outputs under the names asked for and removes what they don't need.
    package func finish(_ outputs: [(name: String, value: ValueID)]) throws(OsteonError) {
        var values: [ValueID] = []
        for (name, value) in outputs {
            var value = value
            let isTaken = graph.inputs.contains(value) || graph.constant(value) != nil || values.contains(value)
            if graph[value].name != name {
                if let other = graph.value(named: name), other != value {
                    try graph.rename(other, to: graph.uniqueValueName("\(name):inner"))
                }
                if isTaken {
                    scope = name
                    value = try single(graph.add(Identity(), [value], outputNames: [name]))
                } else {
                    try graph.rename(value, to: name)
                }
            }
            values.append(value)
        }
        graph.setOutputs(values)
        graph.removeDeadCode()
        for (value, name) in renames where graph.contains(value) && graph.value(named: name) == nil {
            try graph.rename(value, to: name)
        }
    }
}
