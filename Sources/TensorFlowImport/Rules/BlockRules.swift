import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Blocks moved between batch or depth and space. A convolution between `SpaceToBatchND` and `BatchToSpaceND` is a
/// dilated convolution and becomes one.
enum BlockRules {
    static let table: [String: ImportRule] = [
        "SpaceToBatchND": spaceToBatch, "BatchToSpaceND": batchToSpace, "DepthToSpace": depthToSpace,
        "SpaceToDepth": spaceToDepth, "SpaceToBatch": square(spaceToBatch), "BatchToSpace": square(batchToSpace),
    ]

    /// The first forms take one size for both axes of an image.
    private static func square(_ rule: @escaping ImportRule) -> ImportRule {
        { (node, builder) throws(OsteonError) in
            let size = try node.attributes.int("block_size", default: 2)
            var request = node
            request.inputs = [try node.input(0), try builder.integers([size, size], "block"), try node.input(1)]
            return try rule(request, builder)
        }
    }

    private static func blocks(
        _ node: RuleNode, _ builder: GraphBuilder
    ) throws(OsteonError) -> (x: ValueID, rank: Int, block: [Int]) {
        let x = try node.input(0)
        let block = try builder.constantIntegers(node.input(1), "block shape")
        guard let rank = builder.graph.type(x).rank else {
            throw OsteonError(.unsupported, "data whose rank isn't known (`\(Parameter.input) NAME:SHAPE` gives the shape of an input)")
        }
        guard !block.isEmpty, block.count < rank, block.allSatisfy({ $0 >= 1 && $0 < 1 << 20 }) else {
            throw OsteonError(.malformed, "The block \(block) doesn't fit data of rank \(rank).")
        }
        return (x, rank, block)
    }

    private static func spaceToBatch(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let (x, rank, block) = try blocks(node, builder)
        let count = block.count
        let axes = try builder.integers(Array(1...count), "axes")
        let padded = try builder.step("padded", Pad(), [x, MovementRules.padVector(node.input(2), builder), nil, axes])
        let batch = try builder.extent(padded, 0)
        var split = [batch]
        var joined = [try builder.combine(Multiply(), batch, .number(Checked.product(block)), "batch")]
        for axis in 0..<count {
            let outer = try builder.combine(Divide(), builder.extent(padded, axis + 1), .number(block[axis]), "outer")
            split += [outer, .number(block[axis])]
            joined.append(outer)
        }
        for axis in count + 1..<max(rank, count + 1) {
            let extent = try builder.extent(padded, axis)
            split.append(extent)
            joined.append(extent)
        }
        let inner = (0..<count).map { 2 * $0 + 2 }
        let outer = (0..<count).map { 2 * $0 + 1 }
        let permutation = inner + [0] + outer + Array(2 * count + 1..<rank + count)
        let blocks = try builder.step("blocks", Reshape(), [padded, builder.shapeVector(split, "blocks_shape")])
        let moved = try builder.step("moved", Transpose(permutation: permutation), [blocks])
        return [try builder.result(Reshape(), [moved, builder.shapeVector(joined, "shape")])]
    }

    private static func batchToSpace(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        if let result = try DilatedConvolution.recognize(node, builder) { return [result] }
        let (x, rank, block) = try blocks(node, builder)
        let count = block.count
        let batch = try builder.combine(Divide(), builder.extent(x, 0), .number(Checked.product(block)), "batch")
        var split = block.map(ShapePart.number) + [batch]
        var joined = [batch]
        for axis in 1..<rank {
            let extent = try builder.extent(x, axis)
            split.append(extent)
            joined.append(axis <= count ? try builder.combine(Multiply(), extent, .number(block[axis - 1]), "extent") : extent)
        }
        var permutation = [count]
        for axis in 0..<count { permutation += [count + 1 + axis, axis] }
        permutation += Array(2 * count + 1..<rank + count)
        let blocks = try builder.step("blocks", Reshape(), [x, builder.shapeVector(split, "blocks_shape")])
        let moved = try builder.step("moved", Transpose(permutation: permutation), [blocks])
        let whole = try builder.step("whole", Reshape(), [moved, builder.shapeVector(joined, "shape")])
        let crops = try builder.step("crops", Negate(), [MovementRules.padVector(node.input(2), builder)])
        return [try builder.result(Pad(), [whole, crops, nil, builder.integers(Array(1...count), "axes")])]
    }

    private static func depthToSpace(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(node.attributes, spatialRank: 2)
        var op = DepthToSpace()
        op.blockSize = try node.attributes.int("block_size", default: 2)
        return [try builder.spatial(op, [builder.channelsFirst(node.input(0), layout)], layout)]
    }

    private static func spaceToDepth(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(node.attributes, spatialRank: 2)
        var op = SpaceToDepth()
        op.blockSize = try node.attributes.int("block_size", default: 2)
        return [try builder.spatial(op, [builder.channelsFirst(node.input(0), layout)], layout)]
    }
}

/// Recognises `BatchToSpaceND(BiasAdd?(Conv(SpaceToBatchND(x))))` with constant blocks and pads.
enum DilatedConvolution {
    static func recognize(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> ValueID? {
        guard let last = builder.origins[try node.input(0)] else { return nil }
        let bias = last.operation == "BiasAdd" ? last : nil
        guard let convolution = bias == nil ? last : builder.origins[try last.input(0)] else { return nil }
        let rank = convolution.operation == "Conv3D" ? 3 : 2
        guard ["Conv2D", "Conv3D", "DepthwiseConv2dNative"].contains(convolution.operation),
            let before = builder.origins[try convolution.input(0)], before.operation == "SpaceToBatchND"
        else { return nil }
        let layout = try ChannelLayout(convolution.attributes, spatialRank: rank)
        guard layout.isChannelsLast, let pads = try pads(before, node, builder, rank) else { return nil }
        let request = RuleNode(
            name: node.name, operation: convolution.operation, inputs: [try before.input(0), try convolution.input(1)],
            attributes: convolution.attributes)
        var (op, inputs) =
            convolution.operation == "DepthwiseConv2dNative"
            ? try ConvolutionRules.depthwiseParts(request, builder, layout) : try ConvolutionRules.parts(request, builder, layout)
        guard op.window.strides.isEmpty, op.window.dilations.isEmpty, op.window.autoPadding == .explicit,
            op.window.pads.allSatisfy({ $0 == 0 })
        else { return nil }
        op.window.pads = pads.pads
        op.window.dilations = pads.block
        guard let bias else { return try builder.spatial(op, inputs, layout) }
        let y = try builder.step("convolution", op, inputs)
        return try builder.spatial(Add(), [y, NormalizationRules.channelVector(builder, bias.input(1), "bias", layout)], layout)
    }

    /// What remains of the padding before once the crops after are taken off; nil where it isn't constant or negative.
    private static func pads(
        _ before: RuleNode, _ after: RuleNode, _ builder: GraphBuilder, _ rank: Int
    ) throws(OsteonError) -> (pads: [Int], block: [Int])? {
        let graph = builder.graph
        guard let block = try graph.constant(before.input(1))?.integers(), block.count == rank,
            let otherBlock = try graph.constant(after.input(1))?.integers(), otherBlock == block,
            let paddings = try graph.constant(before.input(2))?.integers(), paddings.count == 2 * rank,
            let crops = try graph.constant(after.input(2))?.integers(), crops.count == 2 * rank
        else { return nil }
        var pads: [Int] = []
        for side in 0..<2 {
            for axis in 0..<rank { pads.append(try Checked.subtract(paddings[2 * axis + side], crops[2 * axis + side])) }
        }
        return pads.allSatisfy { $0 >= 0 } && block.allSatisfy { $0 >= 1 } ? (pads, block) : nil
    }
}
