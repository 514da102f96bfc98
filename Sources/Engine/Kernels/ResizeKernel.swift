import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// Linear resampling of the last three axes at most, one axis after another, and nearest of elements of any type.
final class ResizeKernel: Kernel {
    static let name = "resize-separable-f32"
    /// Where each output place of an axis looks.
    private struct AxisTable {
        var low: [Int32] = []
        var high: [Int32] = []
        var weight: [Float] = []

        /// - Parameter taps: one or two places each, of weights that are 1 together.
        init(_ taps: [ResizeTaps]) {
            for tap in taps {
                let first = tap.places.first ?? 0
                low.append(Int32(first))
                high.append(Int32(tap.places.count > 1 ? tap.places[1] : first))
                weight.append(tap.places.count > 1 ? Float(tap.weights[1]) : 0)
            }
        }
    }

    private let loops: Loops
    private let isNearest: Bool
    private let elementByteCount: Int
    private var resize = osteon_resize()
    private let tables: [AxisTable]
    let scratchByteCount: Int

    static func refusal(for facts: NodeFacts) -> String? {
        guard let op = facts.op as? Resize else { return KernelTable.notMine }
        guard op.mode == .nearest || facts.inputs.first??.elementType == .f32, let x = facts.shape(0), let y = facts.outputShape
        else { return "needs f32 and fixed shapes" }
        if (x + y).contains(where: { $0 < 1 || $0 >= 1 << 24 }) { return "an extent is 0 or beyond 16 million" }
        guard op.mode != .cubic, !op.antialias, !op.excludeOutside, op.keepAspectRatio == .stretch else {
            return "only plain nearest and linear"
        }
        switch op.coordinateTransformation {
        case .halfPixel, .pytorchHalfPixel, .alignCorners, .asymmetric, .tfHalfPixelForNearest: break
        default: return "coordinates by \(op.coordinateTransformation.rawValue)"
        }
        for index in 2..<facts.inputs.count where facts.has(index) && facts.constant(index) == nil { return "its sizes aren't constant" }
        guard axes(op, facts).dropLast(3).allSatisfy(\.isIdentity) else { return "more than the last three axes change" }
        return nil
    }

    /// The scale of every axis as given; nil where the extents say it.
    private static func scales(_ op: Resize, _ facts: NodeFacts) -> [Double?] {
        guard let x = facts.shape(0) else { return [] }
        var result = [Double?](repeating: nil, count: x.count)
        let sizes = (try? facts.constant(3)?.integers()) ?? []
        let given = sizes.isEmpty ? (try? facts.constant(2)?.doubles()) ?? [] : []
        let axes = op.axes.isEmpty ? Array(x.indices) : op.axes.map { $0 < 0 ? $0 + x.count : $0 }
        for (place, axis) in axes.enumerated() where place < given.count && result.indices.contains(axis) { result[axis] = given[place] }
        return result
    }

    /// How every axis is resized.
    private static func axes(_ op: Resize, _ facts: NodeFacts) -> [ResizeAxis] {
        guard let x = facts.shape(0), let y = facts.outputShape else { return [] }
        return zip(zip(x, y), scales(op, facts)).enumerated().map { axis, extents in
            ResizeAxis(axis: axis, input: extents.0.0, output: extents.0.1, scale: extents.1)
        }
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        guard let op = facts.op as? Resize, let x = facts.shape(0), facts.outputShape != nil else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let axes = Self.axes(op, facts)
        let lead = max(0, 3 - x.count)
        var tables: [AxisTable] = []
        for axis in 0..<3 {
            let index = x.count - 3 + axis
            let exists = axis >= lead
            let resized = exists ? axes[index] : ResizeAxis(axis: 0, input: 1, output: 1, scale: 1)
            setElement(&resize.input, axis, Int32(resized.input))
            setElement(&resize.output, axis, Int32(resized.output))
            tables.append(AxisTable(try op.taps(resized)))
        }
        self.tables = tables
        resize.planes = try Checked.product(x.dropLast(3))
        isNearest = op.mode == .nearest
        elementByteCount = facts.outputs[0].elementType.byteCount
        scratchByteCount = isNearest ? 0 : osteon_resize_scratch(&resize, loops.threads)
    }

    var label: String { isNearest ? "resize-nearest" : Self.name }

    func run(_ call: KernelCall) {
        withPointers(0, resize) { task in
            if isNearest {
                osteon_resize_nearest(&task, elementByteCount, call.bytes(0), call.resultBytes(), loops.threads)
                return
            }
            osteon_resize_run(loops.table, &task, call.floats(0), call.result(), call.scratch.baseAddress, loops.threads)
        }
    }

    /// Runs `body` with the tables' addresses filled in, axis by axis.
    private func withPointers(_ axis: Int, _ partial: osteon_resize, _ body: (inout osteon_resize) -> Void) {
        var task = partial
        guard axis < tables.count else { return body(&task) }
        tables[axis].low.withUnsafeBufferPointer { low in
            tables[axis].high.withUnsafeBufferPointer { high in
                tables[axis].weight.withUnsafeBufferPointer { weight in
                    setElement(&task.low, axis, low.baseAddress)
                    setElement(&task.high, axis, high.baseAddress)
                    setElement(&task.weight, axis, weight.baseAddress)
                    withPointers(axis + 1, task, body)
                }
            }
        }
    }
}
