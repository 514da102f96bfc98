import Bytes
import GraphIR
import Operators
import Tensors
import WireFormats

/// Pooling over windows and over whole volumes.
enum PoolingRules {
    static let table: [ExportEntry] = [
        ExportEntry(MaxPool.self) { (node, op) throws(OsteonError) in
            let window = try op.window.attributes(spatial: node.input(0).spatial, kernel: op.window.kernel)
            try node.finish("MaxPool", node.inputs, window + [.flag("ceil_mode", op.ceilMode), .int("storage_order", op.storageOrder)])
        },
        ExportEntry(AveragePool.self) { (node, op) throws(OsteonError) in
            if op.window.dilations.contains(where: { $0 != 1 }) { try node.require(opset: 19, for: "AveragePool with dilations") }
            let attributes = try undilated(node, op.window, before: 19)
            try node.finish(
                "AveragePool", node.inputs,
                attributes + [.flag("ceil_mode", op.ceilMode), .flag("count_include_pad", op.countIncludePadding)])
        },
        ExportEntry(LpPool.self) { (node, op) throws(OsteonError) in
            if op.window.dilations.contains(where: { $0 != 1 }) { try node.require(opset: 18, for: "LpPool with dilations") }
            if op.ceilMode { try node.require(opset: 18, for: "LpPool that rounds its extents up") }
            var attributes = try undilated(node, op.window, before: 18) + [.int("p", op.p)]
            if op.ceilMode { attributes.append(.flag("ceil_mode", true)) }
            try node.finish("LpPool", node.inputs, attributes)
        },
        ExportEntry(MaxUnpool.self) { (node, op) throws(OsteonError) in
            var attributes: [Attribute] = [.ints("kernel_shape", op.window.kernel)]
            if !op.window.strides.isEmpty { attributes.append(.ints("strides", op.window.strides)) }
            if !op.window.pads.isEmpty { attributes.append(.ints("pads", op.window.pads)) }
            try node.finish("MaxUnpool", [node.optional(0), try node.int64(1, "indices"), try node.int64(2, "output_shape")], attributes)
        },
        .same(GlobalAveragePool.self, "GlobalAveragePool"), .same(GlobalMaxPool.self, "GlobalMaxPool"),
        ExportEntry(GlobalLpPool.self) { (node, op) throws(OsteonError) in try node.finish("GlobalLpPool", node.inputs, [.int("p", op.p)])
        },
    ]

    /// The window, without the attribute for dilations (all 1) in operator sets that don't know it.
    private static func undilated(_ node: ExportNode, _ window: SpatialWindow, before opset: Int) throws(OsteonError) -> [Attribute] {
        let attributes = try window.attributes(spatial: node.input(0).spatial, kernel: window.kernel)
        return node.opset < opset ? attributes.filter { $0.name != "dilations" } : attributes
    }
}
