import Bytes

/// A figure for each case and structure; NaN where a case has none.
package struct CaseTable: Sendable {
    /// In the order of the data list: sums are taken in this order, so that they're the same bits always.
    package let cases: [String]
    package let structures: [String]
    /// By case, then structure.
    package let values: [[Double]]

    /// - Throws: `.usage` where a case doesn't have one value a structure.
    package init(cases: [String], structures: [String], values: [[Double]]) throws(OsteonError) {
        guard values.count == cases.count, values.allSatisfy({ $0.count == structures.count }) else {
            throw OsteonError(.usage, "A table of cases needs a value for each case and structure.")
        }
        self.cases = cases
        self.structures = structures
        self.values = values
    }

    package func column(_ structure: Int) -> [Double] { values.map { $0[structure] } }

    /// How many cases have a figure of the structure.
    package func count(_ structure: Int) -> Int { column(structure).count { !$0.isNaN } }

    /// How many cases have a figure of any structure.
    package var countOfAny: Int { values.count { $0.contains { !$0.isNaN } } }

    /// The mean over the cases that have a figure; NaN for none.
    package func mean(_ structure: Int) -> Double { means(of: cases.indices)[structure] }

    /// The mean of the structures' means, as nnU-Net takes it: NaN where a structure has none.
    package var meanOfStructures: Double { Self.meanOfStructures(means(of: cases.indices)) }

    static func meanOfStructures(_ means: [Double]) -> Double { means.reduce(0, +) / Double(means.count) }

    /// Each structure's mean over cases given by place, repeats counting as often.
    func means(of places: some Sequence<Int>) -> [Double] {
        var sums = [Double](repeating: 0, count: structures.count)
        var counts = sums
        for place in places {
            for (structure, value) in values[place].enumerated() where !value.isNaN {
                sums[structure] += value
                counts[structure] += 1
            }
        }
        return zip(sums, counts).map { $0 / $1 }
    }
}
