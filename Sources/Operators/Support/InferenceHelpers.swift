import Bytes
import GraphIR
import Tensors

extension InferenceContext {
    /// The number of elements of an integer list input, where it's known. A rank-0 input counts as one element.
    func length(_ index: Int) throws(OsteonError) -> Int? {
        guard let shape = optionalInput(index)?.shape else { return nil }
        guard let first = shape.first else { return 1 }
        guard shape.count == 1 else { throw invalidGraph("Input \(index) must be a list, not \(TensorType(.i64, shape)).") }
        return first.fixed
    }

    /// The length of lists that are equally long, where any of them tells it.
    func commonLength(_ indices: [Int]) throws(OsteonError) -> Int? {
        for index in indices {
            if let length = try length(index) { return length }
        }
        return nil
    }

    /// - Throws: `.invalidGraph` unless input `index` (where given) holds integers.
    func requireIntegers(_ index: Int, _ name: String) throws(OsteonError) {
        guard let type = optionalInput(index) else { return }
        guard type.elementType.isInteger else {
            throw invalidGraph("Input \(name) must hold integers, not \(type.elementType.rawValue).")
        }
    }

    /// - Throws: `.invalidGraph` unless the inputs given (of `indices`) have one element type.
    func requireOneType(_ indices: [Int]) throws(OsteonError) {
        var first: ElementType?
        for index in indices {
            guard let type = optionalInput(index)?.elementType else { continue }
            guard first == nil || first == type else {
                throw invalidGraph("The inputs must have one element type, not \(first?.rawValue ?? "") and \(type.rawValue).")
            }
            first = type
        }
    }

    /// The first input's type.
    /// - Throws: `.invalidGraph` unless it's a floating-point type.
    func floatInput(_ index: Int = 0) throws(OsteonError) -> TensorType {
        let type = try input(index)
        guard type.elementType.isFloat else {
            throw invalidGraph("Needs a floating-point type, not \(type.elementType.rawValue).")
        }
        return type
    }

    /// Shape values that come as an input: the extents where constant, unknown ones where only their number is
    /// known, nil where even that isn't.
    func shapeInput(_ index: Int) throws(OsteonError) -> [Dimension]? {
        try requireIntegers(index, "shape")
        if let values = try integers(index) {
            for value in values where value < 0 { throw invalidGraph("A negative extent (\(value)) in a shape.") }
            return values.map(Dimension.fixed)
        }
        guard let length = try length(index) else { return nil }
        try require(length <= 64, .invalidGraph, "A shape of rank \(length) is beyond any use.")
        return [Dimension](repeating: .unknown, count: length)
    }
}

extension Dimension {
    /// What's known where both describe the same extent.
    /// - Throws: `.invalidGraph` where two numbers differ.
    static func unified(_ a: Dimension, _ b: Dimension) throws(OsteonError) -> Dimension {
        switch (a, b) {
        case (.fixed(let x), .fixed(let y)) where x != y: throw invalidGraph("Extents \(x) and \(y) must be equal.")
        case (.fixed, _): return a
        case (_, .fixed): return b
        case (.free, _): return a
        default: return b
        }
    }

    /// The product, where it can be told: numbers multiply, 1 is neutral.
    static func product(_ factors: some Sequence<Dimension>) throws(OsteonError) -> Dimension {
        var number = 1
        var symbol: Dimension?
        var isUnknown = false
        for factor in factors {
            if let extent = factor.fixed {
                if extent == 0 { return 0 }
                number = try Checked.multiply(number, extent)
            } else if symbol == nil {
                symbol = factor
            } else {
                isUnknown = true
            }
        }
        guard let symbol else { return .fixed(number) }
        return number == 1 && !isUnknown ? symbol : .unknown
    }
}

extension Operator {
    /// The output shapes for the tensors at hand, as `inferTypes` tells them: all checks of sizes live there alone.
    func outputShapes(_ context: EvaluationContext) throws(OsteonError) -> [[Int]] {
        let types = try inferTypes(
            InferenceContext(
                inputs: context.inputs.map { $0?.type }, constants: context.inputs, outputCount: context.outputCount))
        var shapes: [[Int]] = []
        for type in types {
            guard let shape = type.fixedShape else {
                throw OsteonError(.internalFault, "\(Self.id) doesn't determine its output's shape (\(type)).")
            }
            shapes.append(shape)
        }
        return shapes
    }

    /// The first output's shape for the tensors at hand.
    func outputShape(_ context: EvaluationContext) throws(OsteonError) -> [Int] {
        guard let shape = try outputShapes(context).first else {
            throw OsteonError(.internalFault, "\(Self.id) has no output.")
        }
        return shape
    }
}
