import Bytes
import GraphIR
import Operators
import Tensors

/// Builds the patch that moves a transposition from the inputs of one node to its outputs.
struct TranspositionSink {
    let node: NodeID
    /// What the transpositions above do: the node sees axis `axes[i]` of the source as its axis `i`.
    let permutation: Permutation
    let view: GraphView
    private(set) var patch = GraphPatch("", promise: .bitExact)
    /// Whether an operand is taken from an inverse transposition that's there for others.
    private(set) var reusesOthers = false

    init(node: NodeID, permutation: Permutation, view: GraphView) {
        self.node = node
        self.permutation = permutation
        self.view = view
    }

    /// A node in the source's layout, and what transposes its outputs to what they were.
    struct Moved {
        var op: any Operator
        var inputs: [GraphPatch.Reference?]
        var output: Permutation
    }

    /// - Returns: whether `patch` is ready.
    mutating func run() throws(OsteonError) -> Bool {
        let found = view[node]
        guard let moved = try moved() else { return false }
        let names = found.outputs.map { view[$0].name }
        let isBare = moved.output.isIdentity
        let outputs = patch.add(
            moved.op, moved.inputs, name: found.name, outputs: isBare ? names : names.map { $0 + suffix })
        for (output, reference) in zip(found.outputs, outputs) {
            guard !isBare else {
                patch.replace(output, with: reference)
                continue
            }
            let transposition = Transpose(permutation: moved.output.axes)
            patch.replace(output, with: patch.add(transposition, [reference], name: "\(view[output].name).transpose"))
        }
        patch.reason = isBare ? "needs no transposition before it" : "transposed after it, not before"
        return true
    }

    /// Tells the value in the source's layout from the one it's transposed to; as importers name them where they can.
    private var suffix: String {
        let rank = permutation.rank
        return permutation.axes == [0] + Array(2..<max(rank, 2)) + [1] ? ":channels_first" : ":untransposed"
    }

    private mutating func moved() throws(OsteonError) -> Moved? {
        let op = view[node].op
        if op.traits.contains(.elementwise) { return try elementwise(op) }
        if let op = op as? Concat { return try concat(op) }
        guard let x = source(0) else { return nil }
        if let op = op as? any Reduction { return try reduction(op, x) }
        if var op = op as? any ArgumentReduction {
            guard let axis = permutation.source(op.axis) else { return nil }
            op.axis = axis
            return Moved(op: op, inputs: [x], output: op.keepDimensions ? permutation : permutation.without([axis]))
        }
        switch op {
        case let op as Softmax:
            // Kernels add along another axis in another order.
            patch.promise = PushTranspositions.promise
            return along(op.axis, x) { Softmax(axis: $0) }
        case let op as LogSoftmax:
            patch.promise = PushTranspositions.promise
            return along(op.axis, x) { LogSoftmax(axis: $0) }
        case let op as Hardmax: return along(op.axis, x) { Hardmax(axis: $0) }
        case let op as Split: return along(op.axis, x) { Split(axis: $0, count: op.count) }
        case var op as QuantizeLinear:
            guard op.blockSize == 0, let axis = quantizationAxis(op.axis) else { return nil }
            op.axis = axis
            return Moved(op: op, inputs: replacingFirst(x), output: permutation)
        case var op as DequantizeLinear:
            guard op.blockSize == 0, let axis = quantizationAxis(op.axis) else { return nil }
            op.axis = axis
            return Moved(op: op, inputs: replacingFirst(x), output: permutation)
        default: return try moving(op, x)
        }
    }

    // MARK: Operands

    /// The source of input `index`, where it's transposed as the others are.
    private func source(_ index: Int) -> GraphPatch.Reference? {
        guard let input = view.input(node, index), let above = view.producer(input, Transpose.self) else { return nil }
        guard Permutation(above.op, rank: view.type(input).rank) == permutation else { return nil }
        return .existing(view.input(above.id, 0))
    }

    private func replacingFirst(_ x: GraphPatch.Reference) -> [GraphPatch.Reference?] {
        [x] + view[node].inputs.dropFirst().map { .existing($0) }
    }

    /// Input `index` as an operand in the source's layout; nil where it would take a transposition that costs something.
    private mutating func operand(_ index: Int, broadcast: Bool) throws(OsteonError) -> GraphPatch.Reference? {
        guard let input = view.input(node, index) else { return nil }
        if let source = source(index) { return source }
        let type = view.type(input)
        let rank = permutation.rank
        if broadcast, type.count == 1, type.rank ?? rank + 1 <= rank { return .existing(input) }
        if let tensor = view.constant(input) {
            guard tensor.rank <= rank, broadcast || tensor.rank == rank else { return nil }
            let full = try tensor.reshaped([Int](repeating: 1, count: rank - tensor.rank) + tensor.shape)
            let moved = try Transpose(permutation: permutation.inverse.axes).evaluate([full])[0]
            return patch.constant(view[input].name, moved)
        }
        guard type.rank == rank else { return nil }
        let inverse = Transpose(permutation: permutation.inverse.axes)
        for reader in view.consumers(input) {
            guard let op: Transpose = view.op(reader), op.permutation == inverse.permutation else { continue }
            reusesOthers = true
            return .existing(view[reader].outputs[0])
        }
        let output = view.type(view[node].outputs[0])
        let isLight = broadcast && (0..<rank).contains { type.extent($0) == 1 && output.extent($0) != 1 }
        guard isLight else {
            _ = view.decline(node, "operand \(view[input].name) isn't transposed")
            return nil
        }
        return patch.add(inverse, [.existing(input)], name: "\(view[input].name).transpose")
    }

    /// Input `index`, a constant of integers or floats, with `change` made to its elements.
    private mutating func constant(_ index: Int, _ change: ([Double]) -> [Double]?) throws(OsteonError) -> GraphPatch.Reference? {
        guard let input = view.input(node, index), let tensor = view.constant(input) else { return nil }
        guard let values = change(try tensor.doubles()), values.count == tensor.count else { return nil }
        return patch.constant(view[input].name, try Tensor(values, shape: tensor.shape, rounded: tensor.elementType))
    }

    /// Input `index`, a constant list of axes, as axes of the source.
    private mutating func axes(_ index: Int) throws(OsteonError) -> (list: [Int], reference: GraphPatch.Reference)? {
        guard let given = try view.integers(node, index), let list = permutation.sources(given) else { return nil }
        guard let reference = try constant(index, { _ in list.map { Double($0) } }) else { return nil }
        return (list, reference)
    }

    // MARK: Families

    private mutating func elementwise(_ op: any Operator) throws(OsteonError) -> Moved? {
        guard view.type(view[node].outputs[0]).rank == permutation.rank else { return nil }
        var inputs: [GraphPatch.Reference?] = []
        for index in view[node].inputs.indices {
            guard view.input(node, index) != nil else {
                inputs.append(nil)
                continue
            }
            guard let operand = try operand(index, broadcast: true) else { return nil }
            inputs.append(operand)
        }
        return Moved(op: op, inputs: inputs, output: permutation)
    }

    private mutating func concat(_ op: Concat) throws(OsteonError) -> Moved? {
        guard let axis = permutation.source(op.axis) else { return nil }
        var inputs: [GraphPatch.Reference?] = []
        for index in view[node].inputs.indices {
            guard let operand = try operand(index, broadcast: false) else { return nil }
            inputs.append(operand)
        }
        return Moved(op: Concat(axis: axis), inputs: inputs, output: permutation)
    }

    private mutating func reduction(_ op: any Reduction, _ x: GraphPatch.Reference) throws(OsteonError) -> Moved? {
        guard view.input(node, 1) != nil else {
            guard !op.noopWithEmptyAxes else { return Moved(op: op, inputs: [x], output: permutation) }
            patch.promise = PushTranspositions.promise
            return Moved(op: op, inputs: [x], output: Permutation(op.keepDimensions ? Array(0..<permutation.rank) : []))
        }
        guard let (axes, reference) = try axes(1), !axes.isEmpty else { return nil }
        // Sums in another order round otherwise.
        if axes.sorted().map({ permutation.inverse.axes[$0] }) != axes.map({ permutation.inverse.axes[$0] }).sorted() {
            patch.promise = PushTranspositions.promise
        }
        return Moved(
            op: op, inputs: [x, reference], output: op.keepDimensions ? permutation : permutation.without(axes))
    }

    private func along(_ axis: Int, _ x: GraphPatch.Reference, _ make: (Int) -> any Operator) -> Moved? {
        permutation.source(axis).map { Moved(op: make($0), inputs: replacingFirst(x), output: permutation) }
    }

    /// The axis of a quantisation by axis in the source; any where there's one scale for all.
    private func quantizationAxis(_ axis: Int) -> Int? {
        guard let scale = view.input(node, 1) else { return nil }
        return view.type(scale).count == 1 ? axis : permutation.source(axis)
    }

    private mutating func moving(_ op: any Operator, _ x: GraphPatch.Reference) throws(OsteonError) -> Moved? {
        var inputs = replacingFirst(x)
        var output = permutation
        let permutation = permutation
        switch op {
        case is Slice:
            if view.input(node, 3) != nil {
                guard let (_, reference) = try axes(3) else { return nil }
                inputs[3] = reference
            } else {
                guard let count = view.type(view[node].inputs[1] ?? view[node].outputs[0]).extent(0) else { return nil }
                guard let list = permutation.sources(Array(0..<count)) else { return nil }
                while inputs.count < 4 { inputs.append(nil) }
                inputs[3] = patch.constant("\(view[node].name).axes", try Tensor(list.map { Int64($0) }))
            }
        case is Pad where view.input(node, 3) != nil:
            guard let (_, reference) = try axes(3) else { return nil }
            inputs[3] = reference
        case is Pad:
            let rank = permutation.rank
            inputs[1] = try constant(1) { pads in
                guard pads.count == 2 * rank else { return nil }
                return permutation.unpermuted(Array(pads[..<rank])) + permutation.unpermuted(Array(pads[rank...]))
            }
            guard inputs[1] != nil else { return nil }
        case is Tile, is Expand:
            inputs[1] = try constant(1) { $0.count == permutation.rank ? permutation.unpermuted($0) : nil }
            guard inputs[1] != nil else { return nil }
        case is Squeeze:
            guard let (axes, reference) = try axes(1) else { return nil }
            inputs[1] = reference
            output = permutation.without(axes)
        case is Unsqueeze:
            guard let axes = try view.integers(node, 1) else { return nil }
            output = unsqueezed(axes)
        case let op as Resize:
            guard view.input(node, 1) == nil || op.coordinateTransformation != .tfCropAndResize else { return nil }
            return try resize(op, inputs)
        default: return nil
        }
        return Moved(op: op, inputs: inputs, output: output)
    }

    /// New axes stay where they are; those between them are permuted.
    private func unsqueezed(_ given: [Int]) -> Permutation {
        let rank = permutation.rank + given.count
        let new = given.map { $0 < 0 ? $0 + rank : $0 }
        let old = (0..<rank).filter { !new.contains($0) }
        var result = Array(0..<rank)
        for (index, place) in old.enumerated() { result[place] = old[permutation.axes[index]] }
        return Permutation(result)
    }

    private mutating func resize(_ op: Resize, _ given: [GraphPatch.Reference?]) throws(OsteonError) -> Moved? {
        var op = op
        var inputs = given
        let permutation = permutation
        if !op.axes.isEmpty {
            guard let axes = permutation.sources(op.axes) else { return nil }
            op.axes = axes
            return Moved(op: op, inputs: inputs, output: permutation)
        }
        if inputs.count > 1 { inputs[1] = nil }
        for index in 2...3 where view.input(node, index) != nil {
            inputs[index] = try constant(index) { list in
                list.isEmpty ? list : list.count == permutation.rank ? permutation.unpermuted(list) : nil
            }
            guard inputs[index] != nil else { return nil }
        }
        return Moved(op: op, inputs: inputs, output: permutation)
    }
}
