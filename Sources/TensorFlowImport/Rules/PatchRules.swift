import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Windows of images and volumes, which are always channels-last here.
enum PatchRules {
    static let table: [String: ImportRule] = [
        "ExtractImagePatches": { (node, builder) throws(OsteonError) in try patches(node, builder, 2) },
        "ExtractVolumePatches": { (node, builder) throws(OsteonError) in try patches(node, builder, 3) },
        "Dilation2D": dilation,
    ]

    /// How a window moves along the spatial axes.
    private struct Walk {
        var kernel: [Int], strides: [Int], rates: [Int], isSame: Bool

        init(_ attributes: NodeAttributes, _ layout: ChannelLayout, kernel: [Int]) throws(OsteonError) {
            self.kernel = kernel
            strides = try layout.spatial(attributes.ints("strides"), "strides")
            rates = try layout.spatial(attributes.ints("rates"), "rates")
            let padding = try attributes.string("padding", default: "VALID")
            guard padding == "SAME" || padding == "VALID" else { throw OsteonError(.malformed, "padding is \(padding).") }
            isSame = padding == "SAME"
        }

        /// The places a window spans along an axis.
        func reach(_ axis: Int) throws(OsteonError) -> Int { try Checked.add(Checked.multiply(kernel[axis] - 1, rates[axis]), 1) }
    }

    /// Every window of N … C data as two axes for each spatial one: its place, and the place in it.
    /// - Parameter filler: what's outside; 0 where nil.
    private static func windows(_ x: ValueID, _ walk: Walk, _ filler: ValueID?, _ f: Formula) throws(OsteonError) -> ValueID {
        var begins: [ValueID] = []
        var ends: [ValueID] = []
        var counts: [ValueID] = []
        for axis in walk.kernel.indices {
            let extent = try f.extent(x, axis + 1)
            let stride = try f.integer(walk.strides[axis])
            let reach = try walk.reach(axis)
            guard walk.isSame else {
                let rest = try f(Add(), extent, f.integer(walk.strides[axis] - reach))
                counts.append(try f(Maximum(), f(FloorDivide(), rest, stride), f.integer(0)))
                continue
            }
            let count = try f(Divide(), f(Add(), extent, f.integer(walk.strides[axis] - 1)), stride)
            let covered = try f(Add(), f(Multiply(), f(Subtract(), count, f.integer(1)), stride), f.integer(reach))
            let padding = try f(Maximum(), f(Subtract(), covered, extent), f.integer(0))
            let before = try f(Divide(), padding, f.integer(2))
            begins.append(before)
            ends.append(try f(Subtract(), padding, before))
            counts.append(count)
        }
        var value = x
        if walk.isSame {
            let pads = try f.vector(begins + ends)
            let axes = try f.integers(walk.kernel.indices.map { $0 + 1 })
            let isNone = try f.builder.graph.constant(pads)?.integers().allSatisfy { $0 == 0 } ?? false
            if !isNone { value = try f(Pad(), x, pads, filler, axes) }
        }
        for axis in walk.kernel.indices {
            let starts = try f.unsqueezed(f(Multiply(), f.range(counts[axis]), f.integer(walk.strides[axis])), [1])
            let steps = try f.integers((0..<walk.kernel[axis]).map { $0 * walk.rates[axis] })
            value = try f(Gather(axis: 2 * axis + 1), value, f(Add(), starts, steps))
        }
        return value
    }

    /// The windows' elements as channels, the window's own channels varying fastest.
    private static func patches(_ node: RuleNode, _ builder: GraphBuilder, _ rank: Int) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let layout = ChannelLayout(isChannelsLast: true, spatialRank: rank)
        let walk = try Walk(node.attributes, layout, kernel: layout.spatial(node.attributes.ints("ksizes"), "ksizes"))
        let all = try windows(node.input(0), walk, nil, f)
        let places = (0..<rank).map { 2 * $0 + 1 }
        let elements = (0..<rank).map { 2 * $0 + 2 }
        let moved = try f(Transpose(permutation: [0] + places + elements + [2 * rank + 1]), all)
        return [try f.result(f.reshaped(moved, Array(repeating: 0, count: rank + 1) + [-1]))]
    }

    /// The largest sum of a window and a structuring element.
    private static func dilation(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let filter = try node.input(1)
        guard f.elementType(x).isFloat else { throw OsteonError(.unsupported, "integers") }
        guard let shape = builder.graph.type(filter).fixedShape, shape.count == 3 else {
            throw OsteonError(.unsupported, "its filter has no fixed shape of three extents")
        }
        let walk = try Walk(node.attributes, ChannelLayout(isChannelsLast: true, spatialRank: 2), kernel: Array(shape.prefix(2)))
        let outside = try f.number(-Double.infinity, like: x)
        let sums = try f(Add(), windows(x, walk, outside, f), f.unsqueezed(filter, [1]))
        return [try f.result(f(ReduceMaximum(keepDimensions: false), sums, f.integers([2, 4])))]
    }
}
