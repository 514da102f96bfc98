import Bytes
import GraphIR
import Tensors

/// How scattered updates meet the elements that are there.
package enum ScatterReduction: String, AttributeEnum {
    /// The update replaces the element.
    case none
    case add
    case mul
    case max
    case min
}

/// Puts blocks of updates into a tensor that already holds the input's elements.
struct Scatter {
    let updates: Tensor
    let y: Tensor
    /// The element offset in `y` of each block of updates, in their order.
    let offsets: [Int]
    let blockCount: Int
    let reduction: ScatterReduction

    func run() throws(OsteonError) {
        if y.elementType.isHalf, reduction != .none {
            // Data movement sees 16-bit floats as they are; reductions need arithmetic.
            let wide = Scatter(
                updates: try updates.converted(to: .f32), y: try y.converted(to: .f32), offsets: offsets,
                blockCount: blockCount, reduction: reduction)
            try wide.run()
            let narrow = try wide.y.converted(to: y.elementType)
            y.write(narrow.bytes)
            return
        }
        if reduction == .none {
            try dispatchWidth(y.elementType, Replace(scatter: self))
        } else if y.elementType == .bool {
            try reduceBools()
        } else {
            try dispatch(y.elementType, Reduce(scatter: self))
        }
    }

    private struct Replace: WidthBody {
        let scatter: Scatter

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            let source = scatter.updates.elements(T.self)
            var result = scatter.y.mutableElements(T.self)
            let width = scatter.blockCount
            for (block, offset) in scatter.offsets.enumerated() {
                for i in 0..<width { result[offset + i] = source[block * width + i] }
            }
        }
    }

    private struct Reduce: NumericBody {
        let scatter: Scatter

        func run<T: NumericElement>(_ type: T.Type) {
            let source = scatter.updates.elements(T.self)
            var result = scatter.y.mutableElements(T.self)
            let width = scatter.blockCount
            for (block, offset) in scatter.offsets.enumerated() {
                for i in 0..<width {
                    let old = result[offset + i]
                    let new = source[block * width + i]
                    switch scatter.reduction {
                    case .none: result[offset + i] = new
                    case .add: result[offset + i] = T.adding(old, new)
                    case .mul: result[offset + i] = T.multiplying(old, new)
                    case .max: result[offset + i] = new > old || new != new ? new : old
                    case .min: result[offset + i] = new < old || new != new ? new : old
                    }
                }
            }
        }
    }

    /// Sums and maxima of bools are "or", products and minima "and".
    private func reduceBools() throws(OsteonError) {
        let source = updates.elements(UInt8.self)
        var result = y.mutableElements(UInt8.self)
        let isOr = reduction == .add || reduction == .max
        for (block, offset) in offsets.enumerated() {
            for i in 0..<blockCount {
                let new = source[block * blockCount + i]
                result[offset + i] = isOr ? result[offset + i] | new : result[offset + i] & new
            }
        }
    }
}
