import Bytes
import Tensors

/// Fills a tensor, in row-major order, with the elements of another at an offset and with strides of its own.
struct StridedCopy {
    let source: Tensor, offset: Int, strides: [Int], target: Tensor

    /// - Parameter strides: elements of `source` between neighbours along each axis of `target`; may be 0 or negative.
    init(from source: Tensor, offset: Int = 0, strides: [Int], to target: Tensor) {
        self.source = source
        self.offset = offset
        self.strides = strides
        self.target = target
    }

    func run() throws(OsteonError) {
        guard target.count > 0 else { return }
        try dispatchWidth(target.elementType, Body(copy: self))
    }

    private struct Body: WidthBody {
        let copy: StridedCopy

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(OsteonError) {
            let from = copy.source.elements(T.self)
            var to = copy.target.mutableElements(T.self)
            let shape = copy.target.shape
            let width = shape.last ?? 1
            let step = copy.strides.last ?? 0
            try RowMajor.forEach(
                Array(shape.dropLast()), strides: [Array(copy.strides.dropLast())], bases: [copy.offset]
            ) { (row, offsets) throws(OsteonError) in
                let base = row * width
                let start = offsets[0]
                if step == 1 {
                    to.copy(from.extracting(start..<start + width), to: base)
                } else {
                    for i in 0..<width { to[base + i] = from[start + i * step] }
                }
            }
        }
    }
}
