import Bytes
import GraphIR
import Tensors

/// What recurrent layers have in common: the walk over directions and steps, with the input's part of every gate as one matrix
/// product for all steps. A layer only says how a step makes the new state.
///
/// With T steps, a batch of N, I inputs, H units, D directions and G gates the inputs are `x` [T, N, I], `w` [D, G·H, I],
/// `r` [D, G·H, H], `b` [D, 2·G·H] (added to the input's part, then to the state's part), `sequence_lengths` [N] (integers) and
/// `initial_h` [D, N, H]; the outputs `y` [T, D, N, H] and `y_h` [D, N, H]. With `batchFirst` they are [N, T, I], [N, D, H] and
/// [N, T, D, H]. Past the end of its sequence a sample gives zeros and keeps its state; in reverse it starts at its own end.
package protocol RecurrentLayer: Operator {
    var settings: RecurrentSettings { get }
    static var gates: Int { get }
    /// The functions where none are given.
    static var standardActivations: [RecurrentActivation] { get }
    /// Whether there is a second state, with an initial value as input 6 and the final one as output 2.
    static var hasCell: Bool { get }

    /// Makes the new state of one sample.
    func advance<T: FloatElement>(_ step: inout RecurrentStep<T>)
}

/// One sample at one step.
package struct RecurrentStep<T: FloatElement> {
    let units: Int
    let functions: [RecurrentActivation]
    /// The input's and the state's part of every gate, with their biases.
    var fromInput: [T], fromState: [T]
    /// The states: the old ones, to be replaced.
    var state: [T], cell: [T]
    /// Three weights a unit by which gates see the cell; nil without.
    let peepholes: [T]?
    /// The state's weights, units × (gates · units).
    let weights: [T]
    /// The state's biases, gates · units.
    let biases: [T]
}

extension RecurrentLayer {
    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try context.floatInput()
        let w = try context.input(1)
        let r = try context.input(2)
        let cellInputs = Self.hasCell ? [6, 7] : []
        try context.requireOneType([0, 1, 2, 3, 5] + cellInputs)
        try context.requireIntegers(4, "sequence_lengths")
        let perDirection = Self.standardActivations.count
        let directions = settings.direction.count
        guard settings.activations.isEmpty || settings.activations.count == perDirection * directions else {
            throw invalidGraph("\(settings.activations.count) activations where \(perDirection * directions) are needed.")
        }
        if let clip = settings.clip, !(clip > 0) { throw invalidGraph("clip must be positive, not \(clip).") }
        func extents(_ type: TensorType, _ rank: Int, _ name: String) throws(OsteonError) -> [Dimension] {
            guard let shape = type.shape else { return [Dimension](repeating: .unknown, count: rank) }
            guard shape.count == rank else { throw invalidGraph("\(name) must have \(rank) axes, not \(type).") }
            return shape
        }
        var input = try extents(x, 3, "x")
        let inputWeights = try extents(w, 3, "w")
        let stateWeights = try extents(r, 3, "r")
        if settings.batchFirst { input.swapAt(0, 1) }
        let units = stateWeights[2]
        func check(_ dimensions: [Dimension], _ wanted: [Dimension], _ name: String) throws(OsteonError) {
            for (mine, other) in zip(dimensions, wanted) {
                _ = try locating(name) { () throws(OsteonError) in try Dimension.unified(mine, other) }
            }
        }
        let width: Dimension =
            try units.fixed.map { (count) throws(OsteonError) in .fixed(try Checked.multiply(count, Self.gates)) } ?? .unknown
        try check(inputWeights, [.fixed(directions), width, input[2]], "w")
        try check(stateWeights, [.fixed(directions), width, units], "r")
        if let b = context.optionalInput(3) {
            try check(extents(b, 2, "b"), [.fixed(directions), .product([width, 2])], "b")
        }
        if let lengths = context.optionalInput(4) { try check(extents(lengths, 1, "sequence_lengths"), [input[1]], "sequence_lengths") }
        let state = settings.batchFirst ? [input[1], .fixed(directions), units] : [.fixed(directions), input[1], units]
        if let initial = context.optionalInput(5) { try check(extents(initial, 3, "initial_h"), state, "initial_h") }
        if Self.hasCell {
            if let initial = context.optionalInput(6) { try check(extents(initial, 3, "initial_c"), state, "initial_c") }
            if let peepholes = context.optionalInput(7) {
                try check(extents(peepholes, 2, "peepholes"), [.fixed(directions), .product([units, 3])], "peepholes")
            }
        }
        let all: [Dimension] =
            settings.batchFirst
            ? [input[1], input[0], .fixed(directions), units] : [input[0], .fixed(directions), input[1], units]
        let types = [all, state, state].prefix(Self.hasCell ? 3 : 2).map { TensorType(x.elementType, $0) }
        return Array(types.prefix(max(context.outputCount, 1)))
    }

    package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
        guard inputs.count > 2, let x = inputs[0]?.fixedShape, let w = inputs[1]?.count, let r = inputs[2]?.count, x.count == 3 else {
            return 0
        }
        return (try? Checked.multiply(Checked.multiply(x[0], x[1]), Checked.add(w, r))) ?? 0
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let shapes = try outputShapes(context)
        let x = try context.input(0)
        let r = try context.input(2)
        let steps = x.shape[settings.batchFirst ? 1 : 0]
        let batch = x.shape[settings.batchFirst ? 0 : 1]
        let given = try context.integers(4)
        let lengths = if let given { given } else { try [Int](budgeted: steps, count: batch) }
        guard lengths.allSatisfy({ 0 <= $0 && $0 <= steps }) else { throw invalidGraph("A sequence is longer than \(steps) steps.") }
        var outputs: [Tensor] = []
        for (index, shape) in shapes.enumerated() { outputs.append(try context.makeOutput(index, x.elementType, shape)) }
        try dispatchFloat(
            x.elementType,
            RecurrentWalk(
                layer: self, x: x, w: try context.input(1), r: r, b: context.optionalInput(3), lengths: lengths,
                initial: context.optionalInput(5), initialCell: Self.hasCell ? context.optionalInput(6) : nil,
                peepholes: Self.hasCell ? context.optionalInput(7) : nil, outputs: outputs, steps: steps, batch: batch, units: r.shape[2]))
    }
}

private struct RecurrentWalk<Layer: RecurrentLayer>: FloatBody {
    let layer: Layer
    let x: Tensor, w: Tensor, r: Tensor, b: Tensor?
    let lengths: [Int]
    let initial: Tensor?, initialCell: Tensor?, peepholes: Tensor?
    let outputs: [Tensor]
    let steps: Int, batch: Int, units: Int

    private var width: Int { Layer.gates * units }
    private var isBatchFirst: Bool { layer.settings.batchFirst }

    func run<T: FloatElement>(_ type: T.Type) throws(OsteonError) {
        for output in outputs { output.clear() }
        for direction in 0..<layer.settings.direction.count { try run(T.self, direction) }
    }

    private func run<T: FloatElement>(_ type: T.Type, _ direction: Int) throws(OsteonError) {
        let inputs = x.shape[2]
        let inputWeights = try transposed(T.self, w, direction)
        let stateWeights = try transposed(T.self, r, direction)
        let fromInput = try Tensor(zeros: x.elementType, [steps * batch, width])
        try MatrixProduct(rows: steps * batch, inner: inputs, columns: width)
            .run(x, offset: 0, inputWeights, offset: 0, fromInput, offset: 0)
        let biases = try Tensor(zeros: x.elementType, [2 * width])
        let state = try Tensor(zeros: x.elementType, [batch, units])
        let cell = try Tensor(zeros: x.elementType, [batch, units])
        let fromState = try Tensor(zeros: x.elementType, [batch, width])
        load(T.self, b, from: direction * 2 * width, into: biases)
        for n in 0..<batch {
            load(T.self, initial, from: stateOffset(direction, n), into: state, at: n * units, count: units)
            load(T.self, initialCell, from: stateOffset(direction, n), into: cell, at: n * units, count: units)
        }
        let gates = fromInput.elements(T.self)
        let recurrent = fromState.elements(T.self)
        let bias = try biases.array(T.self)
        var h = state.mutableElements(T.self)
        var c = cell.mutableElements(T.self)
        var current = RecurrentStep<T>(
            units: units, functions: layer.settings.functions(of: direction, standard: Layer.standardActivations),
            fromInput: [T](repeating: 0, count: width), fromState: [T](repeating: 0, count: width),
            state: [T](repeating: 0, count: units), cell: [T](repeating: 0, count: units),
            peepholes: try peepholes.map { (given) throws(OsteonError) in
                Array(try given.array(T.self)[direction * 3 * units..<(direction + 1) * 3 * units])
            },
            weights: try stateWeights.array(T.self), biases: Array(bias[width...]))
        let isReverse = layer.settings.direction == .reverse || direction == 1
        let all = outputs[0]
        var y = all.mutableElements(T.self)
        let directions = layer.settings.direction.count
        for step in 0..<steps {
            try MatrixProduct(rows: batch, inner: units, columns: width)
                .run(state, offset: 0, stateWeights, offset: 0, fromState, offset: 0)
            for n in 0..<batch where step < lengths[n] {
                let t = isReverse ? lengths[n] - 1 - step : step
                let row = (isBatchFirst ? n * steps + t : t * batch + n) * width
                for j in 0..<width {
                    current.fromInput[j] = gates[row + j] + bias[j]
                    current.fromState[j] = recurrent[n * width + j] + bias[width + j]
                }
                for j in 0..<units { (current.state[j], current.cell[j]) = (h[n * units + j], c[n * units + j]) }
                layer.advance(&current)
                let place = isBatchFirst ? (n * steps + t) * directions + direction : (t * directions + direction) * batch + n
                for j in 0..<units {
                    (h[n * units + j], c[n * units + j]) = (current.state[j], current.cell[j])
                    y[place * units + j] = current.state[j]
                }
            }
        }
        for (output, last) in zip(outputs.dropFirst(), [state, cell]) {
            var result = output.mutableElements(T.self)
            let source = last.elements(T.self)
            for n in 0..<batch {
                for j in 0..<units { result[stateOffset(direction, n) + j] = source[n * units + j] }
            }
        }
    }

    /// Where the state of a sample begins in an initial or final state.
    private func stateOffset(_ direction: Int, _ n: Int) -> Int {
        (isBatchFirst ? n * layer.settings.direction.count + direction : direction * batch + n) * units
    }

    private func load<T: FloatElement>(
        _: T.Type, _ source: Tensor?, from start: Int, into target: Tensor, at place: Int = 0, count: Int? = nil
    ) {
        guard let source else { return }
        let elements = source.elements(T.self)
        var result = target.mutableElements(T.self)
        for i in 0..<(count ?? target.count) { result[place + i] = elements[start + i] }
    }

    /// One direction's weights (gates · units) × columns as columns × (gates · units).
    private func transposed<T: FloatElement>(_: T.Type, _ weights: Tensor, _ direction: Int) throws(OsteonError) -> Tensor {
        let columns = weights.shape[2]
        let result = try Tensor(uninitialized: weights.elementType, [columns, width])
        let source = weights.elements(T.self)
        var target = result.mutableElements(T.self)
        let start = direction * width * columns
        for row in 0..<width {
            for column in 0..<columns { target[column * width + row] = source[start + row * columns + column] }
        }
        return result
    }
}
