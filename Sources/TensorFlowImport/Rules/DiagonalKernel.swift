import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// A constant kernel [k…, C, C] of a transposed convolution that's zero wherever the two channels differ: each channel is
/// upsampled on its own. Written densely such a kernel is bigger than what it's between; it's never copied whole.
struct DiagonalKernel {
    let channels: Int
    /// The kernel's spatial extents.
    let extents: [Int]
    private let name: String
    /// What's on the diagonal, places of the window first, channels fastest.
    private let diagonal: [Float]

    /// nil where the kernel isn't a constant of floats, isn't diagonal, or the channels made are another number.
    init?(_ value: ValueID, _ channelsMade: Int?, _ builder: GraphBuilder) throws(OsteonError) {
        guard let tensor = builder.graph.constant(value), tensor.elementType == .f32, tensor.rank >= 3 else { return nil }
        let shape = tensor.shape
        let rank = tensor.rank
        channels = shape[rank - 1]
        guard channels >= 1, shape[rank - 2] == channels, channelsMade ?? channels == channels else { return nil }
        extents = Array(shape.dropLast(2))
        name = builder.graph[value].name
        let channels = channels
        var diagonal: [Float] = []
        let elements = tensor.elements(Float.self)
        for row in 0..<tensor.count / max(channels, 1) {
            for column in 0..<channels {
                let element = elements[row * channels + column]
                if row % channels == column { diagonal.append(element) } else if element != 0 { return nil }
            }
        }
        guard !diagonal.isEmpty else { return nil }
        self.diagonal = diagonal
    }

    /// The spatial axes along which the kernel is ½, 1, ½ with stride 2, where it's 1 with stride 1 along the others;
    /// nil for any other kernel.
    func semilinearAxes(strides: [Int]) -> [Int]? {
        var axes: [Int] = []
        for (axis, extent) in extents.enumerated() {
            switch (extent, strides.isEmpty ? 1 : strides[axis]) {
            case (3, 2): axes.append(axis)
            case (1, 1): break
            default: return nil
            }
        }
        guard !axes.isEmpty else { return nil }
        for place in 0..<diagonal.count / channels {
            var rest = place
            var wanted: Float = 1
            for extent in extents.reversed() {
                if extent == 3, rest % 3 != 1 { wanted *= 0.5 }
                rest /= extent
            }
            guard diagonal[place * channels..<(place + 1) * channels].allSatisfy({ $0 == wanted }) else { return nil }
        }
        return axes
    }

    /// The kernel of a transposed convolution with a group for each channel: [C, 1, k…].
    func weight(_ builder: GraphBuilder) throws(OsteonError) -> ValueID {
        let places = diagonal.count / channels
        var values: [Float] = []
        values.reserveCapacity(diagonal.count)
        for channel in 0..<channels {
            for place in 0..<places { values.append(diagonal[place * channels + channel]) }
        }
        return builder.graph.addConstant("\(name):diagonal", try Tensor(values, shape: [channels, 1] + extents))
    }
}
