import Bytes
import GraphIR
import Operators
import Tensors
import TestSupport
import Testing

/// What operators say of axes, held to be true on their conformance cases.
@Suite struct AxesMappingTests {
    /// The operator on the source of permuted data gives what it gives on that data, once its outputs are permuted.
    @Test func operatorsCommuteWithPermutationsOfTheirAxes() throws {
        var seen: Set<String> = []
        for use in try OperatorUse.all() {
            guard let mapping = try use.op.axesMapping(use.context), mapping.renumbered != nil, mapping.rank > 1 else { continue }
            for permutation in [Permutation(Array(1..<mapping.rank) + [0]), Permutation((0..<mapping.rank).reversed())] {
                guard let moved = try Self.moved(use, mapping, permutation) else { continue }
                let after = try #require(try moved.op.axesMapping(moved.context), "\(use)")
                let output = try #require(mapping.outputPermutation(permutation, moved: after), "\(use)")
                for (wanted, source) in zip(try use.outputs(), try moved.outputs()) {
                    let got = try Transpose(permutation: output.axes).evaluate([source])[0]
                    #expect(got.type == wanted.type, "\(use) by \(permutation.axes)")
                    let difference = try relativeDifference(got.doubles(), wanted.doubles())
                    #expect(difference <= (mapping.sums ? 1e-5 : 0), "\(use) by \(permutation.axes): \(difference)")
                }
                seen.insert(identifier(use.op))
            }
        }
        let wanted = [
            "Add", "ArgMax", "Concat", "DequantizeLinear", "Expand", "Pad", "QuantizeLinear", "ReduceMean", "Resize", "Slice", "Softmax",
            "Split", "Squeeze", "Tile", "Unsqueeze", "Where",
        ]
        #expect(seen.isSuperset(of: wanted), "\(Set(wanted).subtracting(seen).sorted())")
    }

    /// The use on the source of its data, where that can be told.
    private static func moved(_ use: OperatorUse, _ mapping: AxesMapping, _ permutation: Permutation) throws -> OperatorUse? {
        guard let op = mapping.renumbered?(permutation) else { return nil }
        let inverse = Transpose(permutation: permutation.inverse.axes)
        var result = use
        result.op = op
        for (index, tensor) in use.inputs.enumerated() {
            guard let tensor else { continue }
            switch index < mapping.roles.count ? mapping.roles[index] : .free {
            case .data: result.inputs[index] = try inverse.evaluate([tensor])[0]
            case .broadcast where tensor.count == 1: break
            case .broadcast:
                let full = try tensor.reshaped([Int](repeating: 1, count: mapping.rank - tensor.rank) + tensor.shape)
                result.inputs[index] = try inverse.evaluate([full])[0]
            case .axes, .byAxis:
                guard let moved = try mapping.unpermuted(index, tensor, by: permutation) else { return nil }
                result.inputs[index] = moved
            case .unread: result.inputs[index] = nil
            case .free: break
            }
        }
        if let (index, axes) = mapping.implied {
            while result.inputs.count <= index { result.inputs.append(nil) }
            result.inputs[index] = try Tensor(try #require(permutation.sources(axes)).map { Int64($0) })
        }
        return result
    }

    /// The outputs have the axes said, of the extents that follow.
    @Test func outputsHaveTheAxesSaid() throws {
        for use in try OperatorUse.all() {
            guard let mapping = try use.op.axesMapping(use.context) else { continue }
            let data = use.inputs.indices.filter { $0 < mapping.roles.count && mapping.roles[$0] == .data }.compactMap { use.inputs[$0] }
            for output in try use.outputs() {
                try #require(output.rank == mapping.outputs.count, "\(use)")
                for (axis, origin) in mapping.outputs.enumerated() {
                    switch origin {
                    case .kept(let source) where !data.isEmpty: #expect(output.shape[axis] == data[0].shape[source], "\(use)")
                    case .joined(let source): #expect(output.shape[axis] == data.reduce(0) { $0 + $1.shape[source] }, "\(use)")
                    case .new: #expect(output.shape[axis] == 1, "\(use)")
                    default: break
                    }
                }
            }
        }
    }

    /// What lies at a place of an axis that's kept depends on nothing at another place.
    @Test func keptAxesArePlaceByPlace() throws {
        for use in try OperatorUse.all() {
            guard let mapping = try use.op.axesMapping(use.context) else { continue }
            for (axis, origin) in mapping.outputs.enumerated() {
                guard case .kept(let source) = origin else { continue }
                var other = use
                for (index, tensor) in use.inputs.enumerated() {
                    guard let tensor, index < mapping.roles.count, mapping.roles[index] == .data || mapping.roles[index] == .broadcast,
                        tensor.rank == mapping.rank, tensor.shape[source] > 1
                    else { continue }
                    let (extent, inner) = (tensor.shape[source], tensor.shape[(source + 1)...].reduce(1, *))
                    other = try other.changing(index) { old in old.indices.map { $0 / inner % extent == 0 ? old[$0] : 1 } }
                }
                for (a, b) in zip(try other.outputs(), try use.outputs()) where a.elementType.isFloat {
                    let (first, second) = (try Self.firstPlace(a, axis), try Self.firstPlace(b, axis))
                    #expect(relativeDifference(first, second) == 0, "\(use), axis \(axis)")
                }
            }
        }
    }

    private static func firstPlace(_ tensor: Tensor, _ axis: Int) throws -> [Double] {
        let (extent, inner) = (tensor.shape[axis], tensor.shape[(axis + 1)...].reduce(1, *))
        return try tensor.doubles().enumerated().filter { $0.offset / inner % extent == 0 }.map(\.element)
    }
}
