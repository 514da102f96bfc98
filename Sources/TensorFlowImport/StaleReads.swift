import Bytes

/// Reads of variables that come after an assignment to them, by data or by control.
///
/// A variable is imported with the value that was saved and nothing assigns it: such a read would give the value from before. Reads that
/// aren't ordered after an assignment have the saved value, whatever else the graph assigns.
struct StaleReads {
    /// Why what a node reads isn't known, by its place.
    private(set) var reasons: [Int: String] = [:]

    init() {}

    /// - Parameter functions: see `VariableAccess`.
    init(
        _ live: LiveGraph, _ table: NodeTable, functions: (GraphNode) -> VariableAccess.OfArguments?
    ) throws(OsteonError) {
        var accesses: [Int: VariableAccess] = [:]
        var assignments: [Int: Int] = [:]
        for place in live.reached where !live.isDead(at: place) {
            let access = VariableAccess(of: table.nodes[place], in: table, functions: functions)
            if !access.read.isEmpty || !access.assigned.isEmpty { accesses[place] = access }
            for variable in access.assigned where assignments[variable] == nil { assignments[variable] = place }
        }
        guard !assignments.isEmpty else { return }
        let computed = Set(live.order)
        let wanted = Set(accesses.filter { computed.contains($0.key) }.flatMap(\.value.read)).intersection(assignments.keys).sorted()
        for start in stride(from: 0, to: wanted.count, by: 64) {
            var bits: [Int: UInt64] = [:]
            for (bit, variable) in wanted[start..<min(start + 64, wanted.count)].enumerated() { bits[variable] = 1 << UInt64(bit) }
            try follow(bits, accesses, assignments, computed, live, table)
        }
    }

    /// Goes through the nodes in order with the variables that are assigned by then, one bit each.
    private mutating func follow(
        _ bits: [Int: UInt64], _ accesses: [Int: VariableAccess], _ assignments: [Int: Int], _ computed: Set<Int>, _ live: LiveGraph,
        _ table: NodeTable
    ) throws(OsteonError) {
        var assigned = [UInt64](repeating: 0, count: table.nodes.count)
        for place in live.reached where !live.isDead(at: place) {
            var before: UInt64 = 0
            for source in try live.sources(of: place) { before |= assigned[source] }
            let access = accesses[place]
            let own = (access?.assigned ?? []).reduce(0) { $0 | bits[$1, default: 0] }
            assigned[place] = before | own
            guard computed.contains(place), let access else { continue }
            // A loop comes back to what it reads.
            let isLoop = ["While", "StatelessWhile"].contains(table.nodes[place].operation)
            let stale = isLoop ? before | own : before
            guard let variable = access.read.first(where: { bits[$0, default: 0] & stale != 0 }) else { continue }
            let node = table.nodes[variable]
            let name = node.operation == "_Arg" ? "a variable" : "the variable \(node.name)"
            let by = assignments[variable].map { table.nodes[$0] }.map { " (\($0.operation) \($0.name))" } ?? ""
            reasons[place] = "reads \(name) after the graph has assigned it\(by); variables have the value that was saved"
        }
    }
}
