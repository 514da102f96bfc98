import Bytes
import CKernels
import Tensors

/// Moves values from grid to grid, on all cores; the result doesn't depend on their number.
enum Resampler {
    /// [channels, extents…] with each axis mapped.
    static func resample(_ tensor: Tensor, _ maps: [AxisMap], _ interpolation: Interpolation) throws(OsteonError) -> Tensor {
        if maps.allSatisfy(\.isIdentity) { return tensor }
        if interpolation == .nearest { return try gather(tensor, maps.map { $0.nearest() }) }
        let source = try tensor.converted(to: .f32)
        let result = try Tensor(uninitialized: .f32, [tensor.shape[0]] + maps.map(\.output))
        let flat = [AxisMap](repeating: .identity(1), count: 3 - maps.count) + maps
        let taps = flat.map { AxisTaps($0, interpolation) }
        var geometry = osteon_separable()
        geometry.planes = tensor.shape[0]
        geometry.input = (Int32(flat[0].input), Int32(flat[1].input), Int32(flat[2].input))
        geometry.output = (Int32(flat[0].output), Int32(flat[1].output), Int32(flat[2].output))
        try VolumeKernels.resample(geometry, taps, source, into: result)
        return result
    }

    /// Elements of any type through a table of input places an axis; places below 0 give `fill`.
    static func gather(_ tensor: Tensor, _ tables: [[Int32]], fill: Float = 0) throws(OsteonError) -> Tensor {
        let result = try Tensor(uninitialized: tensor.elementType, [tensor.shape[0]] + tables.map(\.count))
        let three = [[Int32]](repeating: [0], count: 3 - tables.count) + tables
        let input = [Int](repeating: 1, count: 3 - tables.count) + tensor.shape.dropFirst()
        var geometry = osteon_gather()
        geometry.planes = tensor.shape[0]
        geometry.element = tensor.elementType.byteCount
        geometry.input = (Int32(input[0]), Int32(input[1]), Int32(input[2]))
        geometry.output = (Int32(three[0].count), Int32(three[1].count), Int32(three[2].count))
        geometry.fill = tensor.elementType == .f32 ? UInt64(fill.bitPattern) : UInt64(Checked.clamped(fill, to: 0...255, .towardZero))
        VolumeKernels.gather(geometry, three, tensor, into: result)
        return result
    }

    /// [channels, extents…] with axes exchanged and mirrored.
    static func reorder(_ tensor: Tensor, _ order: AxisOrder) throws(OsteonError) -> Tensor {
        let extents = Array(tensor.shape.dropFirst())
        let rank = extents.count
        let element = tensor.elementType.byteCount
        guard order.source.count == rank else { throw OsteonError(.internalFault, "An order of \(order.source.count) axes for \(rank).") }
        if order.isIdentity { return tensor }
        var strides = [Int](repeating: element, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * extents[axis + 1] }
        let output = order.source.map { extents[$0] }
        let result = try Tensor(uninitialized: tensor.elementType, [tensor.shape[0]] + output)
        var to = [Int](repeating: element, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) { to[axis] = to[axis + 1] * output[axis + 1] }
        var start = 0
        var from: [Int] = []
        for axis in 0..<rank {
            let step = strides[order.source[axis]]
            from.append(order.flipped[axis] ? -step : step)
            if order.flipped[axis] { start += step * (output[axis] - 1) }
        }
        let volume = try Checked.product(extents) * element
        var block = osteon_block()
        block.rank = Int32(rank + 1)
        block.element = element
        block.extent = ([tensor.shape[0]] + output).eight
        block.from_stride = ([volume] + from).eight
        block.to_stride = ([volume] + to).eight
        var target = result.mutableBytes
        VolumeKernels.copy(block, of: tensor, from: start, into: &target)
        return result
    }
}
