import Bytes
import Tensors

/// The parameters by which an operator multiplies and shifts each channel of its result, and by which it takes each channel of
/// its input: `y[c] = factor[c] · f(x) + weight · shift[c]`.
package struct ChannelParameters: Sendable {
    /// An input that has something for each channel.
    package struct Parameter: Sendable, Hashable {
        package var input: Int
        /// The axis that counts channels.
        package var axis: Int
        /// Into how many blocks the places of axis 0 fall, each with channels of its own along `axis`.
        package var groups: Int

        package init(_ input: Int, axis: Int = 0, groups: Int = 1) {
            self.input = input
            self.axis = axis
            self.groups = groups
        }
    }

    /// The axis of the result that counts channels.
    package var axis: Int
    package var factor: Parameter
    /// The input that's added to each channel; 0 where it's left out.
    package var shift: Int
    /// What the shift is multiplied by.
    package var shiftWeight: Double
    /// The same operator with a `shiftWeight` of 1.
    package var unweighted: any Operator
    /// What gives the same result once each channel of the first input is multiplied by k: the first are divided by k, the
    /// second multiplied. Both empty where nothing does.
    package var divided: [Parameter]
    package var multiplied: [Parameter]

    package init(
        axis: Int = 1, factor: Parameter = Parameter(1), shift: Int = 2, shiftWeight: Double = 1, unweighted: any Operator,
        divided: [Parameter] = [], multiplied: [Parameter] = []
    ) {
        self.axis = axis
        self.factor = factor
        self.shift = shift
        self.shiftWeight = shiftWeight
        self.unweighted = unweighted
        self.divided = divided
        self.multiplied = multiplied
    }
}

extension ChannelParameters.Parameter {
    /// How many channels a tensor in this place serves.
    package func channels(_ tensor: Tensor) -> Int? {
        guard tensor.shape.indices.contains(axis), groups > 0 else { return nil }
        return try? Checked.multiply(tensor.shape[axis], groups)
    }

    /// Whether a tensor in this place has something for each of so many channels.
    package func serves(_ count: Int, _ tensor: Tensor) -> Bool { tensor.count == count || channels(tensor) == count }

    /// The tensor with each channel's elements multiplied in `Double` by its factor and rounded once.
    /// - Throws: `.invalidGraph` where the factors aren't one a channel.
    package func scaled(_ tensor: Tensor, by factors: [Double]) throws(OsteonError) -> Tensor {
        // A number a channel, whatever the shape.
        let isList = tensor.count == factors.count
        guard isList || channels(tensor) == factors.count, isList || tensor.shape[0] % groups == 0 else {
            throw OsteonError(.invalidGraph, "\(factors.count) channels can't be scaled in a tensor of shape \(tensor.shape).")
        }
        let extent = isList ? tensor.count : tensor.shape[axis]
        let inner = isList ? 1 : tensor.shape[(axis + 1)...].reduce(1, &*)
        let rows = isList ? 1 : tensor.shape[..<axis].reduce(1, &*) / groups
        func factor(_ block: Int) -> Double {
            factors[(isList || groups == 1 ? 0 : block / extent / max(rows, 1) * extent) + block % extent]
        }
        guard tensor.elementType == .f32 else {
            var values = try tensor.doubles()
            for index in values.indices { values[index] *= factor(index / inner) }
            return try Tensor(values, shape: tensor.shape).converted(to: tensor.elementType)
        }
        let result = try Tensor(uninitialized: .f32, tensor.shape)
        guard inner > 0 else { return result }
        let source = tensor.elements(Float.self)
        var destination = result.mutableElements(Float.self)
        precondition(source.count == destination.count)
        for block in 0..<tensor.count / inner {
            let scale = factor(block)
            for i in block * inner..<(block + 1) * inner { destination[i] = Float(Double(source[i]) * scale) }
        }
        return result
    }
}
