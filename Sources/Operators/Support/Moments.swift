import Bytes
import GraphIR
import Tensors

/// Sums over runs of contiguous elements, in `f64` with four partial sums.
enum Moments {
    /// Mean and (population) variance in two passes; NaN of nothing.
    static func meanAndVariance<T: FloatElement>(_ x: Span<T>) -> (mean: Double, variance: Double) {
        let count = Double(x.count)
        let mean = sum(x) { $0 } / count
        return (mean, sum(x) { ($0 - mean) * ($0 - mean) } / count)
    }

    static func meanSquare<T: FloatElement>(_ x: Span<T>) -> Double {
        sum(x) { $0 * $0 } / Double(x.count)
    }

    @inline(__always)
    private static func sum<T: FloatElement>(_ x: Span<T>, _ f: (Double) -> Double) -> Double {
        var a = 0.0
        var b = 0.0
        var c = 0.0
        var d = 0.0
        var i = 0
        while i + 4 <= x.count {
            a += f(Double(x[i]))
            b += f(Double(x[i + 1]))
            c += f(Double(x[i + 2]))
            d += f(Double(x[i + 3]))
            i += 4
        }
        while i < x.count {
            a += f(Double(x[i]))
            i += 1
        }
        return (a + b) + (c + d)
    }
}

/// `y[i] = x[i] · scale + shift` in `f64`, over a range of elements.
@_lifetime(y: copy y)
func affine<T: FloatElement>(_ x: Span<T>, _ y: inout MutableSpan<T>, _ range: Range<Int>, scale: Double, shift: Double) {
    precondition(range.lowerBound >= 0 && range.upperBound <= min(x.count, y.count))
    for i in range { y[i] = T(Double(x[i]) * scale + shift) }
}

extension Operator {
    /// The type of an input `x[N, C, …]` whose other inputs all are `[C]` and floating-point.
    func inferChannelwise(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let x = try inferFloat(context)
        if let rank = x.rank, rank < 2 { throw OsteonError(.invalidGraph, "The input is \(x); it needs axes N and C.") }
        for index in 1..<context.inputs.count {
            let parameter = try context.input(index)
            guard parameter.elementType.isFloat, (parameter.rank ?? 1) == 1 else {
                throw OsteonError(.invalidGraph, "Input \(index) is \(parameter); it must be one number a channel.")
            }
            if let channels = x.shape?[1].fixed, let extent = parameter.shape?[0].fixed, channels != extent {
                throw OsteonError(.invalidGraph, "Input \(index) is \(parameter), but there are \(channels) channels.")
            }
        }
        return [x]
    }

    /// The input `x[N, C, …]` and the parameters behind it, `[C]` each.
    func channelwiseInputs(_ context: EvaluationContext) throws(OsteonError) -> (x: Tensor, parameters: [[Double]]) {
        let x = try context.input(0)
        try require(x.rank >= 2, .invalidGraph, "The input is \(x.type); it needs axes N and C.")
        var parameters: [[Double]] = []
        for index in 1..<context.inputs.count {
            let values = try context.input(index).doubles()
            try require(values.count == x.shape[1], .invalidGraph, "Input \(index) has \(values.count) numbers for \(x.shape[1]) channels.")
            parameters.append(values)
        }
        return (x, parameters)
    }
}
