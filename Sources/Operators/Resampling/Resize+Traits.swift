import Bytes
import GraphIR
import Tensors

/// What others may know of a use of `Resize`.
extension Resize {
    package var traits: OperatorTraits { .safeInHalves }

    package var placementInputs: [Int] { [1, 2] }

    /// Nearest neighbours are elements of the input; a crop that reaches outside is filled.
    package func selection(_ context: InferenceContext) -> ElementSelection? {
        guard mode == .nearest else { return nil }
        return ElementSelection([0], fill: crops ? .number(extrapolationValue) : .none)
    }

    package func homogeneousInputs(_ context: InferenceContext) -> [Int]? { crops && extrapolationValue != 0 ? nil : [0] }

    private var crops: Bool { coordinateTransformation == .tfCropAndResize }

    package func axesMapping(_ context: InferenceContext) throws(OsteonError) -> AxesMapping? {
        guard let rank = context.inputs.first??.rank, !crops || !context.has(1) else { return nil }
        let changed = try changedAxes(context, rank: rank)
        guard axes.isEmpty else {
            return .changing(changed, context, roles: [.data, .free, .free, .free]) { permutation in
                permutation.sources(axes).map { sources in
                    var result = self
                    result.axes = sources
                    return result
                }
            }
        }
        return .changing(changed, context, roles: [.data, .unread, .byAxis(times: 1), .byAxis(times: 1)]) { _ in self }
    }

    /// The axes resized; one of scale 1 is left as it is.
    private func changedAxes(_ context: InferenceContext, rank: Int) throws(OsteonError) -> [Int] {
        let all = try resolvedAxes(rank: rank)
        if let scales = try context.constant(2)?.doubles(), scales.count == all.count {
            return all.indices.filter { scales[$0] != 1 }.map { all[$0] }
        }
        guard let x = context.inputs.first??.shape, let y = try inferTypes(context)[0].shape else { return all }
        return all.filter { x[$0].fixed == nil || x[$0] != y[$0] }
    }

    package func unchangedInput(_ context: InferenceContext) throws(OsteonError) -> UnchangedInput? {
        guard try context.input(0).fixedShape != nil, try unchangedShape(context) != nil, mode != .cubic else { return nil }
        guard !crops || !context.has(1) else { return nil }
        if let scales = context.optionalInput(2), scales.count != 0 {
            guard try context.constant(2)?.doubles().allSatisfy({ $0 == 1 }) == true else { return nil }
        }
        return UnchangedInput("the size stays", isExact: false)
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 3 ? (data?.count == count ? data : [Int](repeating: 4, count: count)) : nil
    }
}
