import Bytes
import Tensors

/// Fills a tensor by looking up, for each place along each axis, the place of the source it comes from.
struct LookupCopy {
    let source: Tensor
    let target: Tensor
    /// A tensor of one element: what fills places that come from nowhere.
    let filler: Tensor
    /// For each axis of `target`, the source's place for each place; −1 for nowhere.
    let places: [[Int]]

    func run() throws(OsteonError) {
        guard target.count > 0 else { return }
        try dispatchWidth(target.elementType, Body(copy: self))
    }

    private struct Body: WidthBody {
        let copy: LookupCopy

        func run<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
            let from = copy.source.elements(T.self)
            var to = copy.target.mutableElements(T.self)
            let value = copy.filler.elements(T.self)[0]
            let strides = RowMajor.strides(copy.source.shape)
            let outer = Array(copy.target.shape.dropLast())
            let steps = RowMajor.strides(outer)
            let last = copy.places.last ?? [0]
            for row in 0..<RowMajor.count(outer) {
                var offset = 0
                var isOutside = false
                for axis in outer.indices {
                    let place = copy.places[axis][row / steps[axis] % outer[axis]]
                    if place < 0 { isOutside = true } else { offset += place * strides[axis] }
                }
                let base = row * last.count
                if isOutside {
                    for i in last.indices { to[base + i] = value }
                } else {
                    for i in last.indices { to[base + i] = last[i] < 0 ? value : from[offset + last[i]] }
                }
            }
        }
    }
}
