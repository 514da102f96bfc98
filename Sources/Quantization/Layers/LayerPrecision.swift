import Bytes
import Tensors

/// How one layer's weights are stored and its arithmetic is fed.
///
/// The raw value is the name in plans and on the command line.
package enum LayerPrecision: String, JSONEnum, Hashable {
    case f32
    /// Weights, inputs and outputs rounded to binary16.
    case f16
    /// Weights, inputs and outputs rounded to bfloat16.
    case bf16
    /// Weights in int8 by output channel, inputs in 8 bits by tensor, sums in int32.
    case int8
    /// Weights alone in binary16.
    case f16Weights = "f16-weights"
    /// Weights alone in bfloat16.
    case bf16Weights = "bf16-weights"
    /// Weights alone in int8 by output channel.
    case int8Weights = "int8-weights"

    /// The type weights are stored in.
    package var weightType: ElementType {
        switch self {
        case .f32: .f32
        case .f16, .f16Weights: .f16
        case .bf16, .bf16Weights: .bf16
        case .int8, .int8Weights: .i8
        }
    }

    /// The 16-bit type values are computed in, where they are.
    package var valueType: ElementType? {
        switch self {
        case .f16: .f16
        case .bf16: .bf16
        default: nil
        }
    }

    /// Whether only the weights are reduced.
    package var isWeightsOnly: Bool { self == .f16Weights || self == .bf16Weights || self == .int8Weights }
}
