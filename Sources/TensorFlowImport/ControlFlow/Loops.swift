import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// `While` loops are unrolled: as long as the condition on the present values is known, the body follows it.
///
/// A condition that's computed from data, but surely ends the loop after some iterations (`i < limit && …`), is unrolled to that
/// end; from the iterations' results the one is chosen at which the condition first fails.
extension GraphConversion {
    static let mostIterations = 4096
    /// Most iterations of a loop whose end isn't known: each costs a choice for each value.
    private static let mostOpenIterations = 512

    func loop(_ node: GraphNode, _ initial: [ImportedValue.Content], _ name: String) throws(OsteonError) -> [ImportedValue.Content] {
        guard let condition = try node.attributes.function("cond"), let body = try node.attributes.function("body") else {
            throw OsteonError(.malformed, "The loop lacks its condition or body.")
        }
        var state = initial
        /// The states at which the loop may have ended, each with whether it goes on.
        var ends: [(goesOn: ValueID, state: [ImportedValue.Content])] = []
        for count in 0...Self.mostIterations {
            let results = try run(condition, state, prefix: "\(name)/condition_\(count)/")
            builder.scope = "\(name)/condition_\(count)"
            guard let result = results.first else { throw OsteonError(.malformed, "The loop's condition gives nothing.") }
            switch try decision(result) {
            case .known(true): break
            case .known(false): return try settled(ends, state, name)
            case .open(let value):
                let bound = LoopBound(builder.graph)
                if bound.isFalse(value) { return try settled(ends, state, name) }
                guard bound.isBounded(value) else { throw OsteonError(.unsupported, bound.explanation(value)) }
                let goesOn = try ends.last.map { (end) throws(OsteonError) in try builder.step("goes_on", And(), [end.goesOn, value]) }
                ends.append((goesOn ?? value, state))
                guard ends.count <= Self.mostOpenIterations else {
                    throw OsteonError(
                        .unsupported, "\(bound.explanation(value)), and it may run more than \(Self.mostOpenIterations) times")
                }
            }
            guard count < Self.mostIterations else { break }
            let next = try run(body, state, prefix: "\(name)/iteration_\(count)/")
            guard next.count == state.count else {
                throw OsteonError(.malformed, "The loop's body gives \(next.count) values, not \(state.count).")
            }
            state = next
        }
        throw OsteonError(.limitExceeded, "The loop \(name) runs for more than \(Self.mostIterations) iterations.")
    }

    /// The state at which the loop ends, from the last on back.
    private func settled(
        _ ends: [(goesOn: ValueID, state: [ImportedValue.Content])], _ last: [ImportedValue.Content], _ name: String
    ) throws(OsteonError) -> [ImportedValue.Content] {
        var result = last
        var later = last
        for (index, end) in ends.enumerated().reversed() {
            builder.scope = "\(name)/end_\(index)"
            for place in result.indices {
                result[place] = try chosenEnd(end.goesOn, result[place], later: later[place], end.state[place])
            }
            later = end.state
        }
        return result
    }

    /// Where a value doesn't change from one state to the next, the later choice holds for both: a loop that ended before
    /// has ended then too.
    private func chosenEnd(
        _ goesOn: ValueID, _ result: ImportedValue.Content, later: ImportedValue.Content, _ state: ImportedValue.Content
    ) throws(OsteonError) -> ImportedValue.Content {
        switch (result, later, state) {
        case (_, .tensor(let later), .tensor(let state)) where later == state: return result
        case (.list(var chosen), .list(let later), .list(let state)) where later.elements.count == state.elements.count:
            for index in chosen.elements.indices where later.elements[index] != state.elements[index] {
                let element = try self.chosen(goesOn, .list(chosen.only(index)), .list(state.only(index)))
                guard case .list(let element) = element else { return element }
                chosen.elements[index] = element.elements[0]
            }
            return .list(chosen)
        default: return try chosen(goesOn, result, state)
        }
    }
}

extension TensorList {
    /// The list of one element.
    fileprivate func only(_ index: Int) -> TensorList {
        var result = self
        result.elements = [elements[index]]
        return result
    }
}
