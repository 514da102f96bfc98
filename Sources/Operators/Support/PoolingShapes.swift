import Bytes
import GraphIR
import Tensors

/// What pools share: the window over the axes behind batch and channels, and a walk over it.
enum Pooling {
    /// The output type of a windowed pool.
    static func outputType(_ x: TensorType, _ window: SpatialWindow, ceilMode: Bool) throws(OsteonError) -> TensorType {
        guard let shape = x.shape else { return TensorType(x.elementType, nil) }
        try check(x)
        let spatial = try window.outputDimensions(input: Array(shape.dropFirst(2)), ceilMode: ceilMode)
        return TensorType(x.elementType, Array(shape.prefix(2)) + spatial)
    }

    /// The output type of a pool over all spatial axes.
    static func globalType(_ x: TensorType) throws(OsteonError) -> TensorType {
        guard let shape = x.shape else { return TensorType(x.elementType, nil) }
        guard shape.count >= 2 else { throw invalidGraph("A pool needs batch and channels, not \(x).") }
        return TensorType(x.elementType, Array(shape.prefix(2)) + [Dimension](repeating: 1, count: shape.count - 2))
    }

    /// - Throws: `.invalidGraph` unless `x` is N C and 1 to 3 spatial axes.
    static func check(_ x: TensorType) throws(OsteonError) {
        guard let rank = x.rank else { return }
        guard (3...5).contains(rank) else { throw invalidGraph("A pool needs an input of rank 3 to 5, not \(x).") }
    }

    /// One comparison or addition a kernel place and output element.
    static func work(_ window: SpatialWindow, _ outputs: [TensorType]) -> Int {
        guard let count = outputs.first?.count else { return 0 }
        return (try? Checked.multiply(count, Checked.product(window.kernel))) ?? 0
    }
}

/// A pool's window over three axes (single ones in front where there are fewer), ready to be walked.
struct PoolingWalk {
    let axes: [SpatialWindow.ResolvedAxis]
    let planes: Int
    /// Input elements of a plane of batch and channel.
    let volume: Int
    private let depth: [SpatialTaps], height: [SpatialTaps], width: [SpatialTaps]

    init(_ x: Tensor, _ window: SpatialWindow, ceilMode: Bool) throws(OsteonError) {
        axes = SpatialWindow.ResolvedAxis.three(
            try window.resolved(input: Array(x.shape.dropFirst(2)), ceilMode: ceilMode))
        planes = RowMajor.count(x.shape.prefix(2))
        volume = RowMajor.count(x.shape.dropFirst(2))
        depth = try axes[0].taps()
        height = try axes[1].taps()
        width = try axes[2].taps()
    }

    /// One window inside the input, each axis' kernel places `low ..< high` counted from `start`.
    struct Window {
        var depth: SpatialTaps, height: SpatialTaps, width: SpatialTaps
    }

    /// Calls `body` for every output element in order, with the input offset of its plane and its window.
    @inline(__always)
    func forEachWindow(_ body: (_ output: Int, _ plane: Int, _ window: Window) -> Void) {
        guard !depth.isEmpty, !height.isEmpty, !width.isEmpty else { return }
        var output = 0
        for plane in 0..<planes {
            for d in depth {
                for h in height {
                    for w in width {
                        body(output, plane * volume, Window(depth: d, height: h, width: w))
                        output += 1
                    }
                }
            }
        }
    }

    /// Calls `body` with the offset in the plane of every input element in `window`.
    @inline(__always)
    func forEachElement(of window: Window, _ body: (_ offset: Int) -> Void) {
        for kd in window.depth.low..<window.depth.high {
            let d = (window.depth.start + kd * axes[0].dilation) * axes[1].input
            for kh in window.height.low..<window.height.high {
                let h = (d + window.height.start + kh * axes[1].dilation) * axes[2].input + window.width.start
                for kw in window.width.low..<window.width.high { body(h + kw * axes[2].dilation) }
            }
        }
    }
}
