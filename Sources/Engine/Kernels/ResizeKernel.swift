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
        for index in 2 ..< facts.inputs.count where facts.has(index) && facts.constant(index) == nil { return "its sizes aren't constant" }
        let scales = scales(op, facts)
        guard scales.dropLast(3).allSatisfy({ $0 == 1 }) else { return "more than the last three axes change" }
        return nil
    }

    /// The scale of every axis: as given, or as the extents say.
    private static func scales(_ op: Resize, _ facts: NodeFacts) -> [Double] {
        guard let x = facts.shape(0), let y = facts.outputShape else { return [] }
        var result = zip(x, y).map { Double($1) / Double($0) }
        let given = (try? facts.constant(2)?.doubles()) ?? []
        guard !given.isEmpty else { return result }
        let axes = op.axes.isEmpty ? Array(x.indices) : op.axes.map { $0 < 0 ? $0 + x.count : $0 }
        for (place, axis) in axes.enumerated() where place < given.count && result.indices.contains(axis) { result[axis] = given[place] }
        return result
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        guard let op = facts.op as? Resize, let x = facts.shape(0), let y = facts.outputShape else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        let scales = Self.scales(op, facts), lead = max(0, 3 - x.count)
        var tables: [AxisTable] = []
        for axis in 0 ..< 3 {
            let index = x.count - 3 + axis, exists = axis >= lead
            let input = exists ? x[index] : 1, output = exists ? y[index] : 1, scale = exists ? scales[index] : 1
            setElement(&resize.input, axis, Int32(input))
            setElement(&resize.output, axis, Int32(output))
            tables.append(Self.table(op, input: input, output: output, scale: scale))
        }
        self.tables = tables
        resize.planes = x.dropLast(3).reduce(1, *)
        isNearest = op.mode == .nearest
        elementByteCount = facts.outputs[0].elementType.byteCount
        scratchByteCount = isNearest ? 0 : osteon_resize_scratch(&resize, loops.threads)
    }

    private static func table(_ op: Resize, input: Int, output: Int, scale: Double) -> AxisTable {
        var table = AxisTable()
        for place in 0 ..< output {
            let position = scale == 1 && input == output ? Double(place) : coordinate(op, place, input, output, scale)
            if op.mode == .nearest {
                let nearest = min(max(Int(nearest(op, position)), 0), input - 1)
                table.low.append(Int32(nearest))
                table.high.append(Int32(nearest))
                table.weight.append(0)
            } else {
                let clamped = min(max(position, 0), Double(input - 1)), low = Int(clamped)
                table.low.append(Int32(low))
                table.high.append(Int32(min(low + 1, input - 1)))
                table.weight.append(Float(clamped - Double(low)))
            }
        }
        return table
    }

    private static func coordinate(_ op: Resize, _ place: Int, _ input: Int, _ output: Int, _ scale: Double) -> Double {
        // The length scaling asks for, of which the output has the whole part.
        let place = Double(place), length = Double(input) * scale
        switch op.coordinateTransformation {
        case .asymmetric: return place / scale
        case .alignCorners: return length == 1 ? 0 : place * Double(input - 1) / (length - 1)
        case .pytorchHalfPixel: return length == 1 ? 0 : (place + 0.5) / scale - 0.5
        case .tfHalfPixelForNearest: return (place + 0.5) / scale
        default: return (place + 0.5) / scale - 0.5
        }
    }

    private static func nearest(_ op: Resize, _ position: Double) -> Double {
        switch op.nearestMode {
        case .roundPreferFloor: (position - 0.5).rounded(.up)
        case .roundPreferCeil: (position + 0.5).rounded(.down)
        case .floor: position.rounded(.down)
        case .ceil: position.rounded(.up)
        }
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
