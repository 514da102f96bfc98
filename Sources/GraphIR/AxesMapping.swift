import Bytes
import Tensors

/// How one use of an operator maps the axes of its data, the first input (or what all are broadcast to), to those of its
/// outputs, and what its other inputs have to do with them.
package struct AxesMapping {
    /// Where an axis of the outputs comes from.
    package enum Origin: Sendable, Hashable {
        /// From that axis of the data place by place: a place depends on nothing but the same place.
        case kept(Int)
        /// From that axis of all data inputs, the places of one behind those of the other.
        case joined(Int)
        /// From that axis of the data in another way: its places are picked, mixed or gathered.
        case changed(Int)
        /// From none: a new axis of extent 1.
        case new

        /// The axis of the data.
        package var axis: Int? {
            switch self {
            case .kept(let axis), .joined(let axis), .changed(let axis): axis
            case .new: nil
            }
        }
    }

    /// What an input has to do with the axes of the data.
    package enum Role: Sendable, Hashable {
        /// It has all of them, in order.
        case data
        /// It's broadcast to them.
        case broadcast
        /// A list of some of them.
        case axes
        /// A list with a number for each of them, so many times over; or an empty one.
        case byAxis(times: Int)
        /// Nothing.
        case free
        /// It isn't read at all.
        case unread
    }

    /// How many axes the data has.
    package var rank: Int
    /// By input.
    package var roles: [Role]
    /// By axis of the outputs, which are all alike.
    package var outputs: [Origin]
    /// A list of axes that was left out and means these: where it goes and what it'd say.
    package var implied: (input: Int, axes: [Int])?
    /// Whether it adds up along axes that change, so that another order of them rounds otherwise.
    package var sums = false
    /// The operator with the axes its attributes name as those of the source that a permutation is applied to; nil where the
    /// axes' places have meanings of their own.
    package var renumbered: ((Permutation) -> (any Operator)?)?

    package init(
        rank: Int, roles: [Role], outputs: [Origin], implied: (input: Int, axes: [Int])? = nil, sums: Bool = false,
        renumbered: ((Permutation) -> (any Operator)?)? = nil
    ) {
        self.rank = rank
        self.roles = roles
        self.outputs = outputs
        self.implied = implied
        self.sums = sums
        self.renumbered = renumbered
    }
}

// MARK: Common ones

extension AxesMapping {
    /// Every axis as it is, all inputs broadcast; nil where a rank isn't known.
    package static func elementwise(_ context: InferenceContext, _ op: any Operator) -> AxesMapping? {
        var rank = 0
        for case let input? in context.inputs {
            guard let own = input.rank else { return nil }
            rank = max(rank, own)
        }
        return AxesMapping(
            rank: rank, roles: context.inputs.map { _ in .broadcast }, outputs: (0..<rank).map(Origin.kept), renumbered: { _ in op })
    }

    /// Every axis as it is but `axes` (from 0), which change; nil where the rank isn't known.
    package static func changing(
        _ axes: [Int], _ context: InferenceContext, roles: [Role] = [.data], sums: Bool = false,
        renumbered: ((Permutation) -> (any Operator)?)?
    ) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank, axes.allSatisfy((0..<rank).contains) else { return nil }
        return AxesMapping(
            rank: rank, roles: roles, outputs: (0..<rank).map { axes.contains($0) ? .changed($0) : .kept($0) }, sums: sums,
            renumbered: renumbered)
    }

    /// An operator that works along one axis (negative: from the end), told by an attribute.
    package static func along(
        _ axis: Int, _ context: InferenceContext, roles: [Role] = [.data], sums: Bool = false, _ make: @escaping (Int) -> any Operator
    ) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank else { return nil }
        return changing([axis < 0 ? axis + rank : axis], context, roles: roles, sums: sums) { $0.source(axis).map(make) }
    }

    /// N and, where said, C as they are; the spatial axes change. The places of axes have meanings.
    package static func spatial(_ context: InferenceContext, keepsChannels: Bool = true) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank, rank >= 2 else { return nil }
        let roles = context.inputs.indices.map { $0 == 0 ? Role.data : .free }
        return changing(Array((keepsChannels ? 2 : 1)..<rank), context, roles: roles, renumbered: nil)
    }
}

// MARK: Permuting

extension AxesMapping {
    /// What an input that says something of axes says once the data isn't permuted any more.
    /// - Parameters:
    ///   - permutation: what made the data of the source: axis `i` of the data is axis `axes[i]` of the source.
    ///   - tensor: what it says now.
    /// - Returns: nil where it doesn't fit the axes.
    package func unpermuted(_ index: Int, _ tensor: Tensor, by permutation: Permutation) throws(OsteonError) -> Tensor? {
        guard index < roles.count, permutation.rank == rank else { return nil }
        let numbers = try tensor.doubles()
        var result: [Double] = []
        switch roles[index] {
        case .axes:
            guard let axes = permutation.sources(numbers.compactMap { Int(exactly: $0) }), axes.count == numbers.count else { return nil }
            result = axes.map { Double($0) }
        case .byAxis(let times):
            if numbers.isEmpty { return tensor }
            guard numbers.count == times * rank else { return nil }
            for part in 0..<times { result += permutation.unpermuted(Array(numbers[part * rank..<(part + 1) * rank])) }
        case .data, .broadcast, .free, .unread: return nil
        }
        return try Tensor(result, shape: tensor.shape).converted(to: tensor.elementType)
    }

    /// What makes the outputs of this use of those of the same operator on the source.
    /// - Parameters:
    ///   - permutation: what made this use's data of the source.
    ///   - moved: how the operator maps the axes of the source.
    /// - Returns: nil where an axis doesn't come back.
    package func outputPermutation(_ permutation: Permutation, moved: AxesMapping) -> Permutation? {
        guard outputs.count == moved.outputs.count else { return nil }
        var left = Array(moved.outputs.indices)
        var axes: [Int] = []
        for origin in outputs {
            guard let place = left.firstIndex(where: { moved.outputs[$0].axis == origin.axis.map { permutation.axes[$0] } }) else {
                return nil
            }
            axes.append(left.remove(at: place))
        }
        return Permutation(axes)
    }
}
