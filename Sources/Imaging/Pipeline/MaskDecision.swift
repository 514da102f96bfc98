import Bytes
import Contracts
import Tensors

/// What a user says of how values become a mask, where the model doesn't.
package enum MaskChoice: String, Sendable, CaseIterable {
    /// The channel with the largest value.
    case argmax
    /// Each channel by itself, above one half (of a probability).
    case threshold
}

/// How a network's output becomes a mask, voxel by voxel: the model's own post-processing, what its contract says and what a user
/// chooses all end here.
package enum MaskDecision: Sendable, Hashable {
    /// One label a voxel: the index of the largest channel, the first of equals.
    case argmax
    /// Each channel by itself: 1 where a value is above the threshold (at or above with `includesEqual`), else 0.
    case threshold(Float, includesEqual: Bool = false)

    /// The decision on values that no post-processing decides on; nil where neither the user nor the contract says one.
    /// - Parameter choice: the user's; nil asks what the contract says of the output's values.
    package init?(_ output: ImagingContract.Output, channels: Int, choice: MaskChoice? = nil) {
        switch (choice, output.activation) {
        case (.argmax?, _): self = .argmax
        case (.threshold?, .sigmoid?), (.threshold?, .softmax?): self = .threshold(0.5)
        // A logit above 0 is a probability above one half.
        case (.threshold?, _): self = .threshold(0)
        case (nil, .softmax?) where channels > 1: self = .argmax
        case (nil, .sigmoid?): self = .threshold(0.5)
        default: return nil
        }
    }

    /// The mask of values [channels, extents…]: [1, extents…] of labels, or as many channels of 0 and 1; `u8`.
    /// - Throws: `.unsupported` for more labels than a byte holds.
    package func mask(of values: Tensor) throws(OsteonError) -> Tensor {
        let source = try values.converted(to: .f32)
        return switch self {
        case .argmax: try Self.largest(source)
        case .threshold(let level, let includesEqual): try Self.above(source, level, includesEqual)
        }
    }

    private static func largest(_ values: Tensor) throws(OsteonError) -> Tensor {
        let channels = values.shape[0]
        guard (1...256).contains(channels) else {
            throw OsteonError(.unsupported, "A label map of \(channels) labels; 256 at most are written.")
        }
        let result = try Tensor(uninitialized: .u8, [1] + values.shape.dropFirst())
        VolumeKernels.largestChannel(values, into: result)
        return result
    }

    private static func above(_ tensor: Tensor, _ level: Float, _ includesEqual: Bool) throws(OsteonError) -> Tensor {
        let values = tensor.elements(Float.self)
        return try Tensor(tensor.shape) { (to: inout MutableSpan<UInt8>) in
            precondition(values.count == to.count)
            if includesEqual {
                for i in values.indices { to[i] = values[i] >= level ? 1 : 0 }
            } else {
                for i in values.indices { to[i] = values[i] > level ? 1 : 0 }
            }
        }
    }
}
