import Bytes
import GraphIR
import Tensors

/// The numbers from `start` up to, and without, `limit` in steps of `delta` (ONNX and TensorFlow `Range`).
package struct NumericRange: Operator {
    package init() {}
    package static var signature: Signature { Signature([.required("start"), .required("limit"), .required("delta")]) }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let start = try context.input(0)
        try context.requireOneType([0, 1, 2])
        guard start.elementType != .bool else { throw invalidGraph("No range of bools.") }
        for index in 0..<3 {
            if let count = try context.input(index).count, count != 1 {
                throw invalidGraph("Input \(index) must be one number.")
            }
        }
        guard let start = context.constant(0), let limit = context.constant(1), let delta = context.constant(2) else {
            return [TensorType(start.elementType, [.unknown])]
        }
        return [TensorType(start.elementType, fixed: [try Self.count(start, limit, delta)])]
    }

    /// How many numbers there are.
    /// - Throws: `.invalidGraph` where the step is 0, `.limitExceeded` where the count is out of range.
    private static func count(_ start: Tensor, _ limit: Tensor, _ delta: Tensor) throws(OsteonError) -> Int {
        if start.elementType.isInteger {
            let first = try start.integers()[0]
            let last = try limit.integers()[0]
            let step = try delta.integers()[0]
            guard step != 0 else { throw invalidGraph("A range needs a step other than 0.") }
            let distance = try Checked.subtract(last, first)
            guard distance != 0, (distance > 0) == (step > 0) else { return 0 }
            return Int(clamping: (distance.magnitude - 1) / step.magnitude) + 1
        }
        let first = try start.doubles()[0]
        let last = try limit.doubles()[0]
        let step = try delta.doubles()[0]
        guard step != 0 else { throw invalidGraph("A range needs a step other than 0.") }
        let steps = ((last - first) / step).rounded(.up)
        return steps > 0 ? try Checked.int(steps) : 0
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index < 3 ? [Int](repeating: [0, 4, 1][index], count: count) : nil
    }

    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let start = try context.input(0)
        let delta = try context.input(2)
        let y = try context.makeOutput(0, start.elementType, try outputShape(context))
        try dispatch(start.elementType, Body(start: start, delta: delta, y: y))
    }

    private struct Body: NumericBody {
        let start: Tensor, delta: Tensor, y: Tensor

        func run<T: NumericElement>(_ type: T.Type) {
            let first = start.elements(T.self)[0]
            let step = delta.elements(T.self)[0]
            var result = y.mutableElements(T.self)
            if y.elementType.isFloat {
                let (base, each) = (first.asDouble, step.asDouble)
                for i in result.indices { result[i] = T(clamping: base + Double(i) * each) }
                return
            }
            var value = first
            for i in result.indices {
                result[i] = value
                value = T.adding(value, step)
            }
        }
    }
}
