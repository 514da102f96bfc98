import Bytes
import GraphIR
import Operators
import Tensors

/// `Resize` by TensorFlow's arithmetic, which ONNX doesn't have: ONNX's own where that takes the same elements, else spelled out.
struct TensorFlowResize {
    private let node: ExportNode
    private let op: Resize
    private let x: Operand
    private let axes: [Int]
    /// The scales where they're constants, by the place in `axes`.
    private let scales: [Double]?

    init(_ node: ExportNode, _ op: Resize) throws(OsteonError) {
        self.node = node
        self.op = op
        x = try node.input(0)
        axes = try Axes.resolve(op.axes.isEmpty ? Array(0..<node.rank(x)) : op.axes, rank: node.rank(x))
        let sizes = node.optional(3)
        scales = sizes == nil || sizes?.type.shape == [0] ? try node.optional(2)?.constant?.doubles() : nil
    }

    /// Writes the node where ONNX's arithmetic would give something else.
    /// - Returns: false where a `Resize` means the same; interpolation by two places differs by rounding alone.
    func write() throws(OsteonError) -> Bool {
        if op.mode == .linear { return false }
        guard let from = x.type.fixedShape, let to = try node.outputType().fixedShape else {
            guard op.mode == .nearest else {
                throw OsteonError(
                    .unsupported,
                    "It's resized by TensorFlow's table of cubic weights along open extents; give fixed shapes with \(Parameter.shape).")
            }
            // Whole multiples as small as these take the same elements, whatever the extents.
            if let scales, scales.allSatisfy({ (1...40).contains($0) && $0 == $0.rounded() }) { return false }
            try finish(axes) { (value, place) throws(OsteonError) in try gathered(value, place) }
            return true
        }
        var plain = op
        plain.arithmetic = .onnx
        var tables: [Int: [ResizeTaps]] = [:]
        var isPlain = op.mode == .nearest
        for (place, axis) in axes.enumerated() {
            let own = ResizeAxis(axis: axis, input: from[axis], output: to[axis], scale: nil)
            if own.isIdentity { continue }
            tables[axis] = try op.taps(own)
            let other = ResizeAxis(axis: axis, input: from[axis], output: to[axis], scale: scales?[place])
            if try plain.taps(other) != tables[axis] { isPlain = false }
        }
        if isPlain { return false }
        try finish(axes.filter { tables[$0] != nil }) { (value, axis) throws(OsteonError) in
            let taps = tables[axis] ?? []
            return op.mode == .nearest ? try gathered(value, axis, taps) : try multiplied(value, axis, taps, from[axis])
        }
        return true
    }

    /// One axis after another.
    private func finish(_ axes: [Int], _ step: (Operand, Int) throws(OsteonError) -> Operand) throws(OsteonError) {
        var value = x
        for axis in axes { value = try step(value, axis) }
        try node.finish("Identity", [value])
    }

    private func gathered(_ value: Operand, _ axis: Int, _ taps: [ResizeTaps]) throws(OsteonError) -> Operand {
        let places = try node.constant(taps.map { $0.places.first ?? 0 }, "places_\(axis)")
        return try gathered(value, axis, places)
    }

    private func gathered(_ value: Operand, _ axis: Int, _ places: Operand) throws(OsteonError) -> Operand {
        let result = TensorType(value.elementType, nil)
        return try node.emit("Gather", [value, places], [.int("axis", axis)], role: "resized_\(axis)", result: result)
    }

    /// A product with the matrix of weights.
    private func multiplied(_ value: Operand, _ axis: Int, _ taps: [ResizeTaps], _ extent: Int) throws(OsteonError) -> Operand {
        var matrix = try [Double](budgeted: 0, count: Checked.multiply(extent, taps.count))
        for (column, tap) in taps.enumerated() {
            for (place, weight) in zip(tap.places, tap.weights) { matrix[place * taps.count + column] += weight }
        }
        let weights = node.constant(try Tensor(matrix, shape: [extent, taps.count]).converted(to: value.elementType), "weights_\(axis)")
        let rank = try node.rank(x)
        let open = TensorType(value.elementType, [Dimension](repeating: .unknown, count: rank))
        guard axis != rank - 1 else { return try node.emit("MatMul", [value, weights], role: "resized_\(axis)", result: open) }
        let order = (0..<rank).map { $0 == axis ? rank - 1 : $0 == rank - 1 ? axis : $0 }
        let moved = try node.emit("Transpose", [value], [.ints("perm", order)], role: "last_\(axis)", result: open)
        let product = try node.emit("MatMul", [moved, weights], role: "product_\(axis)", result: open)
        return try node.emit("Transpose", [product], [.ints("perm", order)], role: "resized_\(axis)", result: open)
    }

    // MARK: Open extents

    /// The places computed as TensorFlow does, from the extents at hand.
    private func gathered(_ value: Operand, _ axis: Int) throws(OsteonError) -> Operand {
        let one = try node.scalar(1, .f32, "one")
        let list = TensorType(.i64, [1])
        let scalar = TensorType(.f32, [])
        let shape = try node.emit("Shape", [x], role: "shape", result: TensorType(.i64, nil))
        let own = try node.emit("Gather", [shape, node.constant([axis], "axis")], role: "extent_\(axis)", result: list)
        let extent = try node.cast(own, to: .f32, "extent_\(axis)_f32")
        let wanted = try size(of: axis, extent)
        let count = try node.cast(wanted, to: .f32, "size_\(axis)_f32")
        let last = try node.binary("Sub", extent, one, "last_\(axis)")
        let alignsCorners = op.coordinateTransformation == .alignCorners
        var quotient = try node.binary("Div", extent, count, "quotient_\(axis)")
        if alignsCorners {
            let steps = try node.binary("Max", node.binary("Sub", count, one, "steps_\(axis)"), one, "divisor_\(axis)")
            quotient = try node.binary("Div", last, steps, "quotient_\(axis)")
        }
        let bounds = [try node.scalar(0, .i64, "zero"), try node.reshape(wanted, [], "size_\(axis)"), try node.scalar(1, .i64, "step")]
        let range = try node.emit("Range", bounds, role: "range_\(axis)", result: TensorType(.i64, [.unknown]))
        var place = try node.cast(range, to: .f32, "range_\(axis)_f32")
        if op.coordinateTransformation == .tfHalfPixelForNearest {
            place = try node.binary("Add", place, node.scalar(0.5, .f32, "half"), "centre_\(axis)")
        }
        place = try node.binary("Mul", place, quotient, "position_\(axis)")
        var whole = try node.emit("Floor", [place], role: "floor_\(axis)", result: scalar)
        if alignsCorners {
            let rest = try node.binary("Sub", place, whole, "rest_\(axis)")
            let flag = TensorType(.bool, nil)
            let half = try node.scalar(0.5, .f32, "half")
            let isBelow = try node.emit("Less", [rest, half], role: "below_\(axis)", result: flag)
            let isUp = try node.emit("Not", [isBelow], role: "up_\(axis)", result: flag)
            whole = try node.binary("Add", whole, node.cast(isUp, to: .f32, "step_\(axis)"), "nearest_\(axis)")
        }
        let inside = try node.binary("Min", whole, last, "inside_\(axis)")
        let places = try node.cast(inside, to: .i64, "places_\(axis)")
        return try gathered(value, axis, places)
    }

    /// The extent to make, as a list of one.
    private func size(of axis: Int, _ extent: Operand) throws(OsteonError) -> Operand {
        let place = try node.constant([axes.firstIndex(of: axis) ?? 0], "place_\(axis)")
        if let sizes = try node.int64(3, "sizes"), sizes.type.shape != [0] {
            return try node.emit("Gather", [sizes, place], role: "size_\(axis)", result: TensorType(.i64, [1]))
        }
        guard let scales = node.optional(2) else { throw OsteonError(.invalidGraph, "It has neither scales nor sizes.") }
        let single = TensorType(.f32, [1])
        let all = try node.cast(scales, to: .f32, "scales_f32")
        let scale = try node.emit("Gather", [all, place], role: "scale_\(axis)", result: single)
        let length = try node.binary("Mul", extent, scale, "length_\(axis)")
        return try node.cast(node.emit("Floor", [length], role: "whole_\(axis)", result: single), to: .i64, "size_\(axis)")
    }
}
