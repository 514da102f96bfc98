import Bytes
import Tensors

/// Values that aren't numbers: one of them spoils every mean, and with it a whole mask.
enum NumberCheck {
    /// How many values of `f32` are NaN or, with `includesInfinite`, infinite; 0 for other types.
    static func count(_ tensor: Tensor, includesInfinite: Bool) -> Int {
        guard tensor.elementType == .f32 else { return 0 }
        // NaN's bits without the sign lie above those of infinity.
        let least: UInt32 = includesInfinite ? 0x7F80_0000 : 0x7F80_0001
        var count = 0
        let bits = tensor.elements(UInt32.self)
        for i in bits.indices where bits[i] & 0x7FFF_FFFF >= least { count += 1 }
        return count
    }
}
