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
        var x = try builder.channelsFirst(node.input(0), layout)
        // Interpolation gives floats whatever comes in.
        if mode != .nearest, !builder.graph.type(x).elementType.isFloat {
            x = try builder.step("f32", Cast(elementType: .f32), [x])
        }
        let alignsCorners = try node.attributes.bool("align_corners", default: false)
        let halfPixels = try node.attributes.bool("half_pixel_centers", default: false)
        var op = Resize()
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
        return [try builder.spatial(op, [x, nil, nil, builder.asInt64(node.input(1))], layout)]
    }
}
