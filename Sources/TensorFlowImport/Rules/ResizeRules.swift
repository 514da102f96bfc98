import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Image resizing; data are always channels-last in TensorFlow.
enum ResizeRules {
    static let table: [String: ImportRule] = [
        "ResizeBilinear": { (node, builder) throws(OsteonError) in try resize(node, builder, .linear) },
        "ResizeNearestNeighbor": { (node, builder) throws(OsteonError) in try resize(node, builder, .nearest) },
        "ResizeBicubic": { (node, builder) throws(OsteonError) in try resize(node, builder, .cubic) },
    ]

    private static func resize(_ node: RuleNode, _ builder: GraphBuilder, _ mode: Resize.Mode) throws(OsteonError) -> [ValueID] {
        let layout = try ChannelLayout(NodeAttributes([:]), spatialRank: 2)
        let source = try node.input(0)
        let multiples = try multiples(source, node.input(1), builder)
        let alignsCorners = try node.attributes.bool("align_corners", default: false)
        let halfPixels = try node.attributes.bool("half_pixel_centers", default: false)
        if mode == .nearest, let multiples, !alignsCorners, halfPixels || multiples.allSatisfy({ $0 <= exactMultiple }),
            let result = try repeated(source, multiples, builder)
        {
            return [result]
        }
        var x = try builder.channelsFirst(node.input(0), layout)
        // Interpolation gives f32 whatever comes in.
        if mode != .nearest { x = try builder.converted(x, to: .f32) }
        var op = Resize()
        // What lies between two places is the same to rounding in either arithmetic.
        op.arithmetic = mode == .linear ? .onnx : .tensorflow
        op.mode = mode
        op.axes = [2, 3]
        op.coordinateTransformation = alignsCorners ? .alignCorners : halfPixels ? .halfPixel : .asymmetric
        switch mode {
        case .nearest:
            op.nearestMode = alignsCorners ? .roundPreferCeil : .floor
            if !alignsCorners, halfPixels { op.coordinateTransformation = .tfHalfPixelForNearest }
        case .cubic:
            op.cubicCoefficient = halfPixels ? -0.5 : -0.75
            op.excludeOutside = halfPixels
        case .linear: break
        }
        // Sizes that are multiples of the extents are scales, whatever the extents.
        if let multiples, builder.graph.constant(try node.input(1)) == nil {
            let scales = builder.constant(try Tensor(multiples.map { Float($0) }), "scales")
            return [try builder.spatial(op, [x, nil, scales], layout)]
        }
        return [try builder.spatial(op, [x, nil, nil, builder.asInt64(node.input(1))], layout)]
    }

    /// The largest multiple up to which TensorFlow's `f32` quotients repeat each place as often: with 41 one element of two is
    /// taken from the place before.
    private static let exactMultiple = 40

    /// How many times the height and width of N H W C the sizes are, where that's known to be whole.
    private static func multiples(_ x: ValueID, _ sizes: ValueID, _ builder: GraphBuilder) throws(OsteonError) -> [Int]? {
        guard let parts = try builder.partial(sizes), parts.count == 2, let extents = builder.extents(of: x), extents.count == 4 else {
            return nil
        }
        var result: [Int] = []
        for (part, extent) in zip(parts, extents[1...2]) {
            if let size = part.value, let extent = extent.value {
                guard extent > 0, size > 0, size % extent == 0 else { return nil }
                result.append(size / extent)
            } else if part == extent {
                result.append(1)
            } else if case .product(let product) = part, product.factor >= 1 {
                // The extent may be a product with a number itself.
                var own = 1
                if case .product(let extent) = extent { own = extent.factor }
                guard own > 0, product.factor % own == 0 else { return nil }
                guard .product(of: [extent, .known(product.factor / own)]) == part else { return nil }
                result.append(product.factor / own)
            } else {
                return nil
            }
        }
        return result
    }

    /// Nearest resizing by whole numbers: each place several times, whether pixels are corners or centres.
    private static func repeated(_ x: ValueID, _ times: [Int], _ builder: GraphBuilder) throws(OsteonError) -> ValueID? {
        guard var factors = builder.axisFactors(x) else { return nil }
        for (axis, count) in zip(1...2, times) where count > 1 {
            guard factors.axes[axis].count == 1, case .axis(let origin, let before) = factors.axes[axis][0] else { return nil }
            factors.axes[axis] = [.axis(origin, times: try Checked.multiply(before, count))]
        }
        if let result = try builder.result(of: factors) { return result }
        // Axes are joined still: what's repeated is the data as they are, the factors know more.
        let op = Resize(mode: .nearest, coordinateTransformation: .asymmetric, nearestMode: .floor, axes: [1, 2])
        let scales = builder.constant(try Tensor(times.map { Float($0) }), "scales")
        let result = try builder.result(op, [x, nil, scales])
        builder.factors[result] = factors
        if let extents = builder.extents(of: x) {
            builder.noteExtents(zip(extents, [1] + times + [1]).map { .product(of: [$0, .known($1)]) }, of: result)
        }
        return result
    }
}
