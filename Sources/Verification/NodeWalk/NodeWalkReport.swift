import Bytes
import GraphIR
import Tensors

/// What a walk over two graphs found on one sample: an error for each value both compute.
public struct NodeWalkReport: Sendable {
    /// One node of a segment.
    public struct Member: Sendable, Hashable {
        public var node: String
        /// The operator's id.
        public var op: String

        public init(node: String, op: String) {
            self.node = node
            self.op = op
        }
    }

    /// One value.
    public struct Step: Sendable {
        public var value: String { check.name }
        /// The candidate's nodes that compute it from the values compared before.
        public var segment: [Member]
        public var shape: [Int]
        public var check: OutputCheck

        public var comparison: TensorComparison { check.comparison }
        /// The largest absolute difference allowed.
        public var tolerance: Double { check.tolerance }
        public var passed: Bool { check.passed }

        /// The operators of the segment, for people: `DequantizeLinear ×2, Convolution, Relu`.
        public var operators: String {
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
        public var members: String { segment.map { "\($0.node) (\($0.op))" }.joined(separator: ", ") }
    }

    public var mode: NodeWalk.Mode
    /// In the order of the walk.
    public var steps: [Step] = []
    public var notes: [String]
    public var firstFailure: Step? { steps.first { !$0.passed } }
    /// The step whose error, relative to its reference's largest magnitude, is the largest.
    public var worst: Step? {
        steps.max { $0.comparison.maximumRelativeToMaximum < $1.comparison.maximumRelativeToMaximum }
    }

    /// Runs `walk` on one sample and compares.
    /// - Parameters:
    ///   - relativeToMax: the largest difference allowed, relative to the reference's largest magnitude; integers must be equal.
    ///   - absolute: the same in absolute terms; the wider of the two counts.
    ///   - progress: called with the number of values compared and how many there are.
    public init(
        _ walk: NodeWalk, inputs: [String: Tensor], relativeToMax: Double, absolute: Double = 0, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(OsteonError) {
        mode = walk.mode
        notes = walk.notes
        var steps: [Step] = []
        try walk.run(inputs) { (visit) throws(OsteonError) in
            let check = try OutputCheck(
                name: visit.segment.value, actual: visit.candidate, expected: visit.reference, absolute: absolute,
                relativeToMax: relativeToMax)
            let members = visit.segment.nodes.map { Member(node: walk.candidate[$0].name, op: type(of: walk.candidate[$0].op).id) }
            steps.append(Step(segment: members, shape: visit.reference.shape, check: check))
            progress(steps.count, walk.segments.count)
        }
        self.steps = steps
    }
}
