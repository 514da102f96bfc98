import Bytes
import Tensors

/// Multidirectional broadcasting as NumPy and ONNX define it.
package enum Broadcast {
    /// The common shape of shapes in numbers.
    /// - Throws: `.invalidGraph` where two extents differ and neither is 1.
    package static func shape(_ shapes: [[Int]]) throws(OsteonError) -> [Int] {
        let rank = shapes.map(\.count).max() ?? 0
        var result = [Int](repeating: 1, count: rank)
        for shape in shapes {
            for (axis, extent) in shape.enumerated() {
                let position = rank - shape.count + axis
                if extent == result[position] || extent == 1 { continue }
                guard result[position] == 1 else {
                    throw OsteonError(.invalidGraph, "The shapes \(shapes) can't be broadcast together.")
                }
                result[position] = extent
            }
        }
        return result
    }

    /// The common shape of shapes that may have free extents; nil where a rank isn't known.
    package static func dimensions(_ shapes: [[Dimension]?]) throws(OsteonError) -> [Dimension]? {
        var known: [[Dimension]] = []
        for shape in shapes {
            guard let shape else { return nil }
            known.append(shape)
        }
        let rank = known.map(\.count).max() ?? 0
        var result = [Dimension](repeating: 1, count: rank)
        for shape in known {
            for (axis, dimension) in shape.enumerated() {
                let position = rank - shape.count + axis
                result[position] = try merge(result[position], dimension)
            }
        }
        return result
    }

    private static func merge(_ a: Dimension, _ b: Dimension) throws(OsteonError) -> Dimension {
        switch (a, b) {
        case (1, _): return b
        case (_, 1): return a
        case (.fixed(let x), .fixed(let y)):
            guard x == y else { throw OsteonError(.invalidGraph, "Extents \(x) and \(y) can't be broadcast together.") }
            return a
        // An extent above 1 decides: the other side is equal to it, or 1.
        case (.fixed, _): return a
        case (_, .fixed): return b
        default: return a == b ? a : .unknown
        }
    }

    /// Row-major strides of `shape` seen through `target`: 0 along broadcast axes.
    package static func strides(of shape: [Int], in target: [Int]) -> [Int] {
        var result = [Int](repeating: 0, count: target.count)
        var step = 1
        for axis in stride(from: shape.count - 1, through: 0, by: -1) {
            result[target.count - shape.count + axis] = shape[axis] == 1 ? 0 : step
            // Wraps only where the shape has no elements.
            step = step &* shape[axis]
        }
        return result
    }

    /// The same walk over `target` with fewer axes: axes of extent 1 go, neighbours that every operand steps through
    /// evenly become one. A per-channel operand so gets rows as long as the space behind the channel.
    static func collapsed(_ target: [Int], _ strides: [[Int]]) -> (shape: [Int], strides: [[Int]]) {
        if target.contains(0) { return ([0], [[Int]](repeating: [0], count: strides.count)) }
        var shape: [Int] = []
        var steps = [[Int]](repeating: [], count: strides.count)
        for axis in target.indices where target[axis] != 1 {
            let merges =
                !shape.isEmpty
                && strides.indices.allSatisfy { (operand: Int) -> Bool in
                    steps[operand][shape.count - 1] == strides[operand][axis] * target[axis]
                }
            if merges {
                shape[shape.count - 1] *= target[axis]
                for operand in strides.indices { steps[operand][shape.count - 1] = strides[operand][axis] }
            } else {
                shape.append(target[axis])
                for operand in strides.indices { steps[operand].append(strides[operand][axis]) }
            }
        }
        return (shape, steps)
    }

    /// Calls `body` for each row of `target` (all axes but the last) with the offset of its first element in each
    /// operand, and the last axis' strides. One call an operand row keeps inner loops simple.
    @inline(__always)
    static func forEachRow<Failure: Error>(
        _ target: [Int], _ strides: [[Int]], _ body: (_ row: Int, _ offsets: [Int]) throws(Failure) -> Void
    ) throws(Failure) {
        let outer = Array(target.dropLast())
        let rows = outer.reduce(1, *)
        guard rows > 0, target.last != 0 else { return }
        var index = [Int](repeating: 0, count: outer.count)
        var offsets = [Int](repeating: 0, count: strides.count)
        for row in 0..<rows {
            try body(row, offsets)
            var axis = outer.count - 1
            while axis >= 0 {
                index[axis] += 1
                for operand in offsets.indices { offsets[operand] += strides[operand][axis] }
                if index[axis] < outer[axis] { break }
                for operand in offsets.indices { offsets[operand] -= strides[operand][axis] * outer[axis] }
                index[axis] = 0
                axis -= 1
            }
        }
    }
}
