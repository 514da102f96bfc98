import Bytes
import GraphIR
import Operators
import Tensors

/// Pooling over windows and over whole volumes.
enum PoolingRules {
    static let table: [String: ImportRule] = [
        "MaxPool": { (node) throws(OsteonError) in
            var op = MaxPool()
            op.window = try node.window()
            op.ceilMode = try node.flag("ceil_mode")
            op.storageOrder = try node.integer("storage_order", 0)
            return try node.finish(op, node.inputs)
        },
        "AveragePool": { (node) throws(OsteonError) in
            var op = AveragePool()
            op.window = try node.window()
            op.ceilMode = try node.flag("ceil_mode")
            op.countIncludePadding = try node.flag("count_include_pad")
            return try node.finish(op, node.inputs)
        },
        "LpPool": { (node) throws(OsteonError) in
            var op = LpPool()
            op.window = try node.window()
            op.ceilMode = try node.flag("ceil_mode")
            op.p = try power(node)
            return try node.finish(op, node.inputs)
        },
        "MaxUnpool": { (node) throws(OsteonError) in
            var op = MaxUnpool()
            op.window = try node.window()
            return try node.finish(op, node.inputs)
        },
        "GlobalAveragePool": same(GlobalAveragePool()), "GlobalMaxPool": same(GlobalMaxPool()),
        "GlobalLpPool": { (node) throws(OsteonError) in
            var op = GlobalLpPool()
            op.p = try power(node)
            return try node.finish(op, node.inputs)
        },
    ]

    /// A float in version 1, a whole number since.
    private static func power(_ node: NodeContext) throws(OsteonError) -> Int {
        guard node.version < 2 else { return try node.integer("p", 2) }
        guard let p = Int(exactly: try node.number("p", 2)) else { throw OsteonError(.unsupported, "Attribute p isn't whole.") }
        return p
    }
}
