import Bytes

/// An ordered list of passes, as plain data: it can be printed, cut and put in another order.
package struct Pipeline: Sendable, Hashable {
    /// Pass ids in the order they run.
    package var passes: [String]

    package init(_ passes: [String]) { self.passes = passes }

    /// The pipeline with only these passes, in its own order.
    /// - Throws: `.usage` for an id that isn't a pass.
    package func only(_ ids: [String]) throws(OsteonError) -> Pipeline {
        try Self.require(ids)
        return Pipeline(passes.filter(ids.contains))
    }

    /// The pipeline without these passes.
    /// - Throws: `.usage` for an id that isn't a pass.
    package func skipping(_ ids: [String]) throws(OsteonError) -> Pipeline {
        try Self.require(ids)
        return Pipeline(passes.filter { !ids.contains($0) })
    }

    private static func require(_ ids: [String]) throws(OsteonError) {
        for id in ids { _ = try PassCatalogue.make(id) }
    }

    /// What's wrong with the order or the ids, a sentence each; empty where nothing is.
    package func problems() -> [String] {
        var result: [String] = []
        for (place, id) in passes.enumerated() {
            guard let pass = PassCatalogue.type(id) else {
                result.append("\(id) is not a pass.")
                continue
            }
            if passes[..<place].contains(id) { result.append("\(id) is listed twice.") }
            for earlier in pass.runsAfter where passes[place...].contains(earlier) {
                result.append("\(id) must come after \(earlier).")
            }
        }
        return result
    }
}

extension Pipeline: CustomStringConvertible {
    package var description: String { passes.joined(separator: "\n") }
}
