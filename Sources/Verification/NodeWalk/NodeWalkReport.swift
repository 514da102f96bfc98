import Bytes
import GraphIR
import Tensors

/// What a walk over two graphs found on one sample: an error for each value both compute.
package struct NodeWalkReport: Sendable {
    /// One node of a segment.
    package struct Member: Sendable, Hashable {
        package var node: String
        /// The operator's id.
        package var op: String

        package init(node: String, op: String) {
            self.node = node
            self.op = op
        }
    }

    /// One value.
    package struct Step: Sendable {
        package var value: String { check.name }
        /// The candidate's nodes that compute it from the values compared before.
        package var segment: [Member]
        package var shape: [Int]
        package var check: OutputCheck

        package var comparison: TensorComparison { check.comparison }
        /// The largest absolute difference allowed.
        package var tolerance: Double { check.tolerance }
        package var passed: Bool { check.passed }

        /// The operators of the segment, for people: `DequantizeLinear ×2, Convolution, Relu`.
        package var operators: String {
            var counts: [(op: String, count: Int)] = []
            for member in segment {
                if let index = counts.firstIndex(where: { $0.op == member.op }) {
                    counts[index].count += 1
                } else {
                    counts.append((member.op, 1))
                }
            }
            return counts.map { $0.count == 1 ? $0.op : "\($0.op) ×\($0.count)" }.joined(separator: ", ")
        }

        /// The nodes of the segment, for people: `conv_3 (Convolution), relu_3 (Relu)`.
        package var members: String { segment.map { "\($0.node) (\($0.op))" }.joined(separator: ", ") }
    }

    package var mode: NodeWalk.Mode
    /// In the order of the walk.
    package var steps: [Step] = []
    package var notes: [String]
    package var firstFailure: Step? { steps.first { !$0.passed } }
    /// The step whose error, relative to its reference's largest magnitude, is the largest.
    package var worst: Step? {
        steps.max { $0.comparison.maximumRelativeToMaximum < $1.comparison.maximumRelativeToMaximum }
    }

    /// Runs `walk` on one sample and compares.
    /// - Parameters:
    ///   - tolerance: what floats may differ by; integers must be equal.
    ///   - progress: called with the number of values compared and how many there are.
    package init(
        _ walk: NodeWalk, inputs: [String: Tensor], tolerance: Tolerance, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(OsteonError) {
        mode = walk.mode
        notes = walk.notes
        var steps: [Step] = []
        try walk.run(inputs) { (visit) throws(OsteonError) in
            let check = try OutputCheck(
                name: visit.segment.value, actual: visit.candidate, expected: visit.reference, within: tolerance)
            let members = visit.segment.nodes.map { Member(node: walk.candidate[$0].name, op: type(of: walk.candidate[$0].op).id) }
            steps.append(Step(segment: members, shape: visit.reference.shape, check: check))
            progress(steps.count, walk.segments.count)
        }
        self.steps = steps
    }
}
