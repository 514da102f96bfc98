import Bytes

/// How far a model's figures have moved from another's on the same cases: a reduced version's from the float model's.
package struct Drift: Sendable {
    /// One structure's.
    package struct Structure: Sendable {
        package var name: String
        /// Cases in which both models have a figure, and in which only one has.
        package var pairs: Int
        package var unpaired: Int
        /// Of the second model's figure less the first's, over the pairs; NaN for none.
        package var meanDifference: Double
        package var interval: Interval
        /// The case whose figure moved farthest, the first of several in the list's order; nil where there are no pairs.
        package var worst: (name: String, difference: Double)?
        /// The share of pairs whose figure moved by more than the tolerance; NaN where there are no pairs.
        package var beyondTolerance: Double
    }

    package let tolerance: Double
    package let structures: [Structure]
    /// Of the mean of the structures' mean differences.
    package let meanDifference: Double
    package let interval: Interval
    /// The differences by case and structure; NaN where a model has no figure.
    package let differences: CaseTable

    /// - Parameter tolerance: how far a case may move.
    /// - Throws: `.usage` where the tables aren't of the same cases and structures.
    package init(from first: CaseTable, to second: CaseTable, tolerance: Double, bootstrap: Bootstrap) throws(OsteonError) {
        guard first.cases == second.cases, first.structures == second.structures else {
            throw OsteonError(.usage, "Two models can be compared on the same cases and structures only.")
        }
        let table = try CaseTable(
            cases: first.cases, structures: first.structures,
            values: zip(first.values, second.values).map { before, after in zip(before, after).map { $1 - $0 } })
        let intervals = bootstrap.intervals(of: table)
        self.tolerance = tolerance
        differences = table
        structures = first.structures.indices.map { structure in
            let moved = table.column(structure)
            let pairs = moved.count { !$0.isNaN }
            let unpaired = zip(first.column(structure), second.column(structure)).count { $0.isNaN != $1.isNaN }
            var worst: (name: String, difference: Double)?
            for (name, difference) in zip(table.cases, moved)
            where !difference.isNaN && abs(difference) > (worst.map { abs($0.difference) } ?? -1) {
                worst = (name, difference)
            }
            return Structure(
                name: first.structures[structure], pairs: pairs, unpaired: unpaired, meanDifference: table.mean(structure),
                interval: intervals.structures[structure], worst: worst,
                beyondTolerance: Double(moved.count { abs($0) > tolerance }) / Double(pairs))
        }
        meanDifference = table.meanOfStructures
        interval = intervals.mean
    }
}
