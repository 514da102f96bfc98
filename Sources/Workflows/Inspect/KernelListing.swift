import Bytes
import Engine

/// Which kernel a plan chose for each node, and why those listed before it refused.
package struct KernelListing: Sendable {
    package struct Row: Sendable {
        package var node: String
        package var operatorID: String
        package var kernel: String
        package var refusals: [String]
        package var multiplyAccumulates: Int
    }

    package var isa: String
    package var arenaBytes: Int
    package var rows: [Row]

    package init(_ plan: Plan) {
        isa = plan.isa.rawValue
        arenaBytes = plan.arenaByteCount
        rows = plan.report.map { node in
            Row(
                node: node.node, operatorID: node.op, kernel: node.kernel,
                refusals: node.refusals.map { "\($0.kernel): \($0.reason)" }, multiplyAccumulates: node.multiplyAccumulates)
        }
    }

    /// How many nodes no kernel took.
    package var referenceCount: Int { rows.count { $0.kernel == "reference" } }

    package var json: JSONValue {
        .record([
            ("schema", .string("osteon.kernels.1")), ("isa", .string(isa)), ("arena_bytes", .integer(arenaBytes)),
            (
                "nodes",
                .array(
                    rows.map { row in
                        .record([
                            ("name", .string(row.node)), ("operator", .string(row.operatorID)), ("kernel", .string(row.kernel)),
                            ("macs", .integer(row.multiplyAccumulates)), ("refusals", .array(row.refusals.map { .string($0) })),
                        ])
                    })
            ),
        ])
    }
}
