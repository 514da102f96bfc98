import GraphIR

/// Time by node, added up over the runs it's given to.
package final class Profile {
    package struct Entry: Sendable {
        package var node: String
        package var op: String
        package var kernel: String
        package var nanoseconds: Int
        package var multiplyAccumulates: Int
        package var runs: Int
    }

    package private(set) var entries: [Entry] = []
    private var positions: [String: Int] = [:]

    package init() {}

    func add(_ step: Step, nanoseconds: Int) {
        if let position = positions[step.name] {
            entries[position].nanoseconds += nanoseconds
            entries[position].runs += 1
            return
        }
        positions[step.name] = entries.count
        entries.append(
            Entry(
                node: step.name, op: type(of: step.op).id, kernel: step.work.name, nanoseconds: nanoseconds,
                multiplyAccumulates: step.multiplyAccumulates, runs: 1))
    }
}
