import Bytes
import GraphIR
import Tensors

/// An element that an operator of selections gives out.
package enum SelectedElement: Sendable, Hashable {
    /// The element in that place of an input, row-major.
    case element(input: Int, index: Int)
    /// A number that's none of an input whose elements come out.
    case number(Int)

    package var input: Int? {
        if case .element(let input, _) = self { input } else { nil }
    }
}

extension Operator {
    /// Which elements of its inputs, integers that needn't be known, come out first of an operator that computes none.
    ///
    /// It's run on marks in their stead, to see which end up where.
    /// - Parameter most: how many elements all inputs, and the result, may have.
    /// - Returns: nil where the operator computes, goes by the elements' order, or its other inputs aren't known.
    package func selectedElements(_ context: InferenceContext, most: Int) throws(OsteonError) -> [SelectedElement]? {
        guard let selection = selection(context), !selection.isByOrder, let type = context.optionalInput(selection.inputs.first ?? 0),
            type.elementType.isInteger
        else { return nil }
        var places: [(input: Int, index: Int)] = []
        var arguments: [Tensor?] = []
        for (index, input) in context.inputs.enumerated() {
            guard let input else {
                arguments.append(nil)
                continue
            }
            if selection.inputs.contains(index) {
                guard let shape = input.fixedShape, let count = input.count, count <= most - places.count else { return nil }
                let marks = (places.count..<places.count + count).map { firstMark + Int64($0) }
                for place in 0..<count { places.append((index, place)) }
                arguments.append(try Tensor(marks, shape: shape))
            } else {
                guard let tensor = context.constant(index) else { return nil }
                // A fill has the elements' type.
                arguments.append(selection.fill == .input(index) ? try tensor.converted(to: .i64) : tensor)
            }
        }
        guard let count = try? inferTypes(context).first?.count, count <= most else { return nil }
        guard let selected = try? evaluate(arguments, outputCount: context.outputCount).first else { return nil }
        return try selected.integers().map { number in
            let place = number &- Int(firstMark)
            return places.indices.contains(place) ? .element(input: places[place].input, index: places[place].index) : .number(number)
        }
    }
}

/// No extent, index or fill is as large.
private let firstMark: Int64 = 1 << 60
