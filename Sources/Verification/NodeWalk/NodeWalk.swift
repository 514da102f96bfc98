import Bytes
import Engine
import GraphIR
import Tensors

/// Two graphs of the same network side by side: the tensors of every value that both name, one pair after the other.
///
/// The *reference* is trusted (float, as imported), the *candidate* is what was made of it (int8, optimised, …). They are
/// compared at their *anchors*: the values that a node computes in both graphs, under the same name, with the same shape and a
/// comparable element type. The candidate's nodes between one anchor and those before it are the anchor's *segment*.
///
/// Memory stays near that of a plain run: tensors are passed on while the graphs run, and the reference's are kept only as
/// long as a later segment reads them. The same graphs and inputs give the same bits, whatever the number of threads.
///
/// ```swift
/// let walk = try NodeWalk(reference: float, candidate: int8, shapes: ["image": [1, 1, 96, 96, 96]])
/// for sample in samples {
///     try walk.run(sample) { (visit) throws(OsteonError) in
///         errors[visit.segment.value] = try TensorComparison(visit.candidate, reference: visit.reference)
///     }
/// }
/// ```
package final class NodeWalk {
    package enum Mode: String, Sendable, CaseIterable {
        /// Each segment of the candidate runs on the reference's own values, so its error is its own.
        case reinjecting
        /// Both graphs run on their own values, so the error is what has gathered up to here.
        case cumulative
    }

    /// The part of the candidate between one anchor and those before it.
    package struct Segment: Sendable {
        /// The anchor it computes.
        package var value: String
        /// The candidate's nodes in it, each after those it reads; a node that no anchor separates from two of them is in both.
        package var nodes: [NodeID]
        /// The anchors and graph inputs it reads.
        package var inputs: [String]
    }

    /// One pair of tensors.
    package struct Visit {
        package var segment: Segment
        /// What the reference computed; in its own element type.
        package var reference: Tensor
        /// What the candidate computed; in its own element type and the reference's shape.
        package var candidate: Tensor
    }

    package let mode: Mode
    /// The segments in the order they're visited: that in which the reference computes their anchors, as far as it can be kept.
    package let segments: [Segment]
    /// The candidate with its dimensions bound, which the node ids of `segments` are about.
    package let candidate: Graph
    /// Anchors both name but which can't be compared, and why; for people.
    package let notes: [String]

    private let reference: Session
    /// The candidate as a whole; cumulative walks only.
    private let whole: Session?
    private let engine: PlanOptions
    private let keepsSegments: Bool
    /// Re-injecting walks: where in `segments` each anchor is computed, when it's ready, and who reads a value last.
    private let schedule: WalkSchedule
    private var plans: [Int: (shapes: [String: [Int]], plan: Plan)] = [:]

    /// Prepares a walk.
    /// - Parameters:
    ///   - shapes: the shape of each input, by name; an input that only one graph has may be left out where its type is fixed.
    ///   - mode: what the candidate's segments run on.
    ///   - engine: how both are run.
    ///   - keepsSegments: whether the prepared segments of a re-injecting walk (packed weights) are kept for further samples.
    /// - Throws: `.usage` where the graphs have no value in common or a shape is missing or doesn't fit.
    package init(
        reference: Graph, candidate: Graph, shapes: [String: [Int]], mode: Mode = .reinjecting,
        engine: PlanOptions = PlanOptions(), keepsSegments: Bool = true
    ) throws(OsteonError) {
        let first = try locating("the reference") { () throws(OsteonError) in try Self.bound(reference, shapes) }
        let second = try locating("the candidate") { () throws(OsteonError) in try Self.bound(candidate, shapes) }
        let anchors = WalkAnchors(first, second)
        var options = engine
        options.keepAll = false
        options.observed = anchors.names
        // A cumulative walk compares each value as soon as both graphs have it.
        options.holdsObserved = mode == .reinjecting
        self.reference = try Session(Plan.make(graph: first, options: options))
        whole = mode == .cumulative ? try Session(Plan.make(graph: second, options: options)) : nil
        var order = self.reference.plan.valueNames.filter { anchors.names.contains(UTF8Name($0)) }
        if let whole {
            let computed = Set(whole.plan.valueNames.map { UTF8Name($0) })
            order.removeAll { !computed.contains(UTF8Name($0)) }
        }
        guard !order.isEmpty else {
            throw OsteonError(.usage, "The two models have no value of one name and shape that both compute, so nothing can be compared.")
        }
        schedule = WalkSchedule(order, in: second, waits: mode == .reinjecting)
        segments = schedule.segments
        self.candidate = second
        self.mode = mode
        self.engine = engine
        self.keepsSegments = keepsSegments
        notes = anchors.notes
    }

    /// Runs both graphs on one sample.
    /// - Parameters:
    ///   - inputs: a tensor for each input, by name, of the shapes the walk was made for; a float input is converted where a
    ///     graph takes another float type.
    ///   - visit: gets each pair of tensors once, in the order of `segments`. They are valid within the call; keep copies.
    /// - Throws: what a node throws, with its name, and what `visit` throws.
    package func run(
        _ inputs: [String: Tensor], visit: (Visit) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        if let whole { try runTogether(whole, inputs, visit) } else { try runSegments(inputs, visit) }
    }

    /// The graph with its inputs bound to `shapes` and all shape arithmetic settled.
    private static func bound(_ graph: Graph, _ shapes: [String: [Int]]) throws(OsteonError) -> Graph {
        var own: [String: [Int]] = [:]
        for input in graph.inputs { own[graph[input].name] = shapes[graph[input].name] }
        var result = graph
        try result.specialize(try graph.bindings(for: own), inputShapes: own)
        return result
    }

    /// The tensors a plan's inputs take, in its element types.
    private static func inputs(of plan: Plan, from given: [String: Tensor]) throws(OsteonError) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for port in plan.inputs {
            guard let tensor = given[port.name] else { throw OsteonError(.usage, "No value for input \(port.name): \(port.type).") }
            let isFloat = tensor.elementType.isFloat && port.type.elementType.isFloat
            result[port.name] =
                isFloat && tensor.elementType != port.type.elementType ? try tensor.converted(to: port.type.elementType) : tensor
        }
        return result
    }
}

// MARK: Cumulative

extension NodeWalk {
    /// Steps the reference from anchor to anchor, and the candidate up to the same one.
    private func runTogether(
        _ whole: Session, _ inputs: [String: Tensor], _ visit: (Visit) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        let first = try SessionRun(reference, Self.inputs(of: reference.plan, from: inputs))
        let second = try SessionRun(whole, Self.inputs(of: whole.plan, from: inputs))
        /// Copies of what the candidate computes before the reference does.
        var early: [UTF8Name: Tensor] = [:]
        while let computed = try first.advance() {
            for value in computed {
                let name = UTF8Name(value.name)
                guard let index = schedule.positions[name] else { continue }
                if let other = early.removeValue(forKey: name) {
                    try show(segments[index], value.tensor, other, visit)
                } else {
                    try show(segments[index], value.tensor, advance(second, to: name, &early), visit)
                }
            }
        }
    }

    /// Steps the candidate until it has computed a value; copies what else is compared later.
    private func advance(_ run: SessionRun, to name: UTF8Name, _ early: inout [UTF8Name: Tensor]) throws(OsteonError) -> Tensor {
        var found: Tensor?
        while found == nil, let computed = try run.advance() {
            for value in computed {
                let other = UTF8Name(value.name)
                if other == name {
                    found = value.tensor
                } else if schedule.positions[other] != nil {
                    early[other] = try value.tensor.copied()
                }
            }
        }
        guard let found else { throw OsteonError(.internalFault, "The candidate didn't compute \(name.text).") }
        return found
    }

    private func show(
        _ segment: Segment, _ reference: Tensor, _ candidate: Tensor, _ visit: (Visit) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        guard reference.shape == candidate.shape else {
            throw OsteonError(
                .verificationFailed, "Value \(segment.value) has the shape \(candidate.shape), in the reference \(reference.shape).")
        }
        try visit(Visit(segment: segment, reference: reference, candidate: candidate))
    }
}

// MARK: Re-injecting

extension NodeWalk {
    /// Steps the reference; as soon as all a segment reads and its anchor are there, the segment runs on them.
    private func runSegments(_ inputs: [String: Tensor], _ visit: (Visit) throws(OsteonError) -> Void) throws(OsteonError) {
        let run = try SessionRun(reference, Self.inputs(of: reference.plan, from: inputs))
        var kept: [UTF8Name: Tensor] = [:]
        for (name, tensor) in inputs { kept[UTF8Name(name)] = tensor }
        var next = 0
        while let computed = try run.advance() {
            for value in computed where schedule.positions[UTF8Name(value.name)] != nil { kept[UTF8Name(value.name)] = value.tensor }
            while next < segments.count, schedule.isReady(next, kept) {
                try runSegment(next, kept, visit)
                for name in schedule.released[next] { kept[name] = nil }
                next += 1
            }
        }
        guard next == segments.count else {
            throw OsteonError(.internalFault, "The reference didn't compute \(segments[next].value).")
        }
    }

    private func runSegment(
        _ index: Int, _ kept: [UTF8Name: Tensor], _ visit: (Visit) throws(OsteonError) -> Void
    ) throws(OsteonError) {
        let segment = segments[index]
        guard let expected = kept[UTF8Name(segment.value)] else { return }
        let actual = try locating("the segment of \(segment.value)") { () throws(OsteonError) in
            var given: [String: Tensor] = [:]
            for name in segment.inputs { given[name] = kept[UTF8Name(name)] }
            let plan = try plan(index, given.mapValues(\.shape))
            let results = try Session(plan).run(Self.inputs(of: plan, from: given))
            guard let result = results[segment.value] else { throw OsteonError(.internalFault, "It wasn't computed.") }
            return result
        }
        try show(segment, expected, actual, visit)
    }

    private func plan(_ index: Int, _ shapes: [String: [Int]]) throws(OsteonError) -> Plan {
        if let known = plans[index], known.shapes == shapes { return known.plan }
        guard let value = candidate.value(named: segments[index].value) else {
            throw OsteonError(.internalFault, "The candidate lost \(segments[index].value).")
        }
        let inputs = segments[index].inputs.compactMap { candidate.value(named: $0) }
        let graph = try candidate.segment(computing: value, by: segments[index].nodes, from: inputs, shapes: shapes)
        var options = engine
        options.keepAll = false
        options.observed = []
        let plan = try Plan.make(graph: graph, options: options)
        if keepsSegments { plans[index] = (shapes, plan) }
        return plan
    }
}
