import CKernels
import Testing

/// Loops over volumes: every voxel type in both byte orders, index tables, statistics, windows, distances.
@Suite struct VolumeLoopTests {
    /// Files have the first axis run fastest; volumes the last.
    private func unpacked<T: FixedWidthInteger>(_ voxels: [T], _ type: osteon_voxel, swapped: Bool, slope: Double?) throws -> [Float] {
        let (columns, rows, planes) = (259, 2, 3)
        let raw = (0..<columns * rows * planes).map { swapped ? voxels[$0 % voxels.count].byteSwapped : voxels[$0 % voxels.count] }
        var shape = osteon_planes(
            type: type, swapped: swapped ? 1 : 0, step: MemoryLayout<T>.size, columns: columns, rows: rows, planes: planes, depth: 5,
            first: 1,
            scaled: slope == nil ? 0 : 1, slope: slope ?? 1, intercept: slope == nil ? 0 : -3)
        let got = try written(columns * rows * 5, over: Float(-99)) { osteon_unpack_planes(&shape, raw, $0, 2) }
        for x in 0..<columns {
            for y in 0..<rows {
                let line = got[(x * rows + y) * 5..<(x * rows + y + 1) * 5]
                // Other planes of the volume stay.
                #expect(line.first == -99 && line.last == -99)
                let wanted = (0..<planes).map { plane -> Float in
                    let value = voxels[((plane * rows + y) * columns + x) % voxels.count]
                    return slope.map { Float(Double(value) * $0 - 3) } ?? Float(value)
                }
                if Array(line.dropFirst().dropLast()) != wanted { return [] }
            }
        }
        return got
    }

    @Test(arguments: [false, true], [nil, 0.37])
    func everyVoxelType(swapped: Bool, slope: Double?) throws {
        let isRead = [
            try unpacked([UInt8.min, 1, .max], OSTEON_VOXEL_U8, swapped: swapped, slope: slope),
            try unpacked([Int8.min, -1, .max], OSTEON_VOXEL_I8, swapped: swapped, slope: slope),
            try unpacked([UInt16.min, 258, .max], OSTEON_VOXEL_U16, swapped: swapped, slope: slope),
            try unpacked([Int16.min, 258, .max], OSTEON_VOXEL_I16, swapped: swapped, slope: slope),
            try unpacked([UInt32.min, 16_909_060, .max], OSTEON_VOXEL_U32, swapped: swapped, slope: slope),
            try unpacked([Int32.min, 16_909_060, .max], OSTEON_VOXEL_I32, swapped: swapped, slope: slope),
            try unpacked([UInt64.min, 1 << 40, .max], OSTEON_VOXEL_U64, swapped: swapped, slope: slope),
            try unpacked([Int64.min, 1 << 40, .max], OSTEON_VOXEL_I64, swapped: swapped, slope: slope),
        ].map { !$0.isEmpty }
        #expect(isRead.allSatisfy { $0 }, "\(isRead)")
    }

    @Test func indexTablesFillWhatLiesOutside() throws {
        let input = [2, 3, 4]
        let x: [UInt8] = (0..<48).map { UInt8($0 + 1) }
        for output in [[0, 2, 2], [2, 2, 0], [1, 1, 1], [3, 4, 5]] {
            let tables: [[Int32]] = (0..<3).map { axis in (0..<output[axis]).map { Int32($0 % (input[axis] + 1) - 1) } }
            let got = try tables[0].withUnsafeBufferPointer { t0 in
                try tables[1].withUnsafeBufferPointer { t1 in
                    try tables[2].withUnsafeBufferPointer { t2 in
                        var gather = osteon_gather(
                            planes: 2, element: 1, input: (2, 3, 4), output: (Int32(output[0]), Int32(output[1]), Int32(output[2])),
                            index: (t0.baseAddress, t1.baseAddress, t2.baseAddress), fill: 77)
                        return try written(2 * output.reduce(1, *), shift: 1, over: UInt8(99)) { osteon_gather_run(&gather, x, $0, 2) }
                    }
                }
            }
            var wanted: [UInt8] = []
            for plane in 0..<2 {
                for a in tables[0] {
                    for b in tables[1] {
                        for c in tables[2] {
                            let isOutside = a < 0 || b < 0 || c < 0
                            let row = (plane * 2 + Int(a)) * 3 + Int(b)
                            wanted.append(isOutside ? 77 : x[row * 4 + Int(c)])
                        }
                    }
                }
            }
            #expect(got == wanted, "\(output)")
        }
    }

    @Test(arguments: [0, 1, 5, 65_536, 65_537, 200_001])
    func momentsAndRescaling(count: Int) throws {
        let x = (0..<count).map { Float($0 % 7) - 1 }
        var scratch = [osteon_moments](repeating: osteon_moments(), count: count / Int(OSTEON_MOMENTS_CHUNK) + 1)
        for nonzero in [false, true] {
            let values = x.filter { !nonzero || $0 != 0 }.map(Double.init)
            for threads in [1, 3] {
                let found = osteon_moments_run(x, count, nonzero ? 1 : 0, 0.5, &scratch, Int32(threads))
                #expect(found.count == values.count)
                #expect(found.sum == values.reduce(0) { $0 + $1 - 0.5 })
                #expect(found.squares == values.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) })
                let (least, largest): (Double, Double) = (values.min() ?? .infinity, values.max() ?? -.infinity)
                #expect(Double(found.least) == least && Double(found.largest) == largest)
            }
            var rescale = osteon_rescale(center: 1, divisor: 2, scale: 4, shift: 0.5, low: -1, high: 6, nonzero: nonzero ? 1 : 0)
            let got = try written(count, shift: 1, over: Float(99)) { osteon_rescale_run(&rescale, x, $0, count, 2) }
            let wanted = x.map { (value: Float) -> Float in nonzero && value == 0 ? 0 : min(max((value - 1) / 2 * 4 + 0.5, -1), 6) }
            #expect(got == wanted)
        }
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097])
    func theFirstOfEqualChannelsIsTheLargest(count: Int) throws {
        let stride = count + 3
        let x: [Float] = (0..<3 * stride).map { (index: Int) -> Float in Float((index / stride * 5 + index % stride) % 3) }
        let got = try written(count, shift: 1, over: UInt8(99)) { osteon_argmax_bytes(x, 3, stride, $0, count, 2) }
        let wanted = (0..<count).map { place -> UInt8 in
            let line = (0..<3).map { x[$0 * stride + place] }
            return UInt8(line.firstIndex(of: line.max() ?? 0) ?? 0)
        }
        #expect(got == wanted)
    }

    /// Two windows that overlap, weighted, then divided by their weights.
    @Test func windowsAreAddedWhereTheyStand() throws {
        let (channels, depth, height, width) = (2, 3, 4, 5)
        var sum = [Float](repeating: 0, count: channels * depth * height * width)
        var weights = [Float](repeating: 0, count: depth * height * width)
        let one = noise(channels * 2 * 3 * 3, seed: 1)
        let weight = noise(2 * 3 * 3, seed: 2).map { abs($0) + 1 }
        for (start, isWeighted) in [([0, 0, 0], false), ([1, 1, 2], true)] {
            let place = (start[0] * height + start[1]) * width + start[2]
            var window = osteon_window(
                channels: channels, extent: (2, 3, 3), channel_stride: depth * height * width, stride: (height * width, width))
            sum.withUnsafeMutableBufferPointer { osteon_window_add(&window, one, isWeighted ? weight : nil, $0.baseAddress! + place, 2) }
            window.channels = 1
            weights.withUnsafeMutableBufferPointer {
                osteon_window_add(&window, nil, isWeighted ? weight : nil, $0.baseAddress! + place, 1)
            }
        }
        let count = depth * height * width
        let got = try written(channels * count, over: Float(99)) { osteon_divide_channels(sum, count, weights, $0, channels, count, 2) }
        for c in 0..<channels {
            // Where only the first stands, the second's first voxel, and where none does.
            #expect(got[c * count] == one[c * 18])
            let both = (height + 1) * width + 2
            let first = one[c * 18 + (3 + 1) * 3 + 2]
            #expect(abs(got[c * count + both] - (first + one[c * 18] * weight[0]) / (1 + weight[0])) < 1e-6)
            #expect(got[c * count + 4].isNaN)
        }
    }

    // MARK: Distances

    private func place(_ index: Int, _ extent: [Int]) -> [Int] {
        let line = index / extent[2]
        return [line / extent[1], line % extent[1], index % extent[2]]
    }

    @Test(arguments: [[0, 2, 3], [1, 1, 1], [1, 9, 1], [7, 1, 5], [5, 6, 7]])
    func distancesAreTheNearestSites(extent: [Int]) throws {
        let count = extent.reduce(1, *)
        let spacing = [0.7, 1.3, 2.5]
        for share in [0, 5, 1] {
            let sites = (0..<count).map { UInt8(share > 0 && ($0 * 7 + 3) % share == 0 ? 200 : 0) }
            let marked = (0..<count).filter { sites[$0] != 0 }.map { place($0, extent) }
            let wanted = (0..<count).map { index -> Double in
                let own = place(index, extent)
                var nearest = Double.infinity
                for site in marked {
                    var square = 0.0
                    for axis in 0..<3 {
                        let step = Double(own[axis] - site[axis]) * spacing[axis]
                        square += step * step
                    }
                    nearest = min(nearest, square)
                }
                return nearest
            }
            for threads in [0, 1, 4] {
                let got = try written(count, over: -99.0) {
                    #expect(osteon_squared_distances(sites, $0, extent, spacing, Int32(threads)) == 0)
                }
                #expect(zip(got, wanted).allSatisfy { $0 == $1 || abs($0 - $1) < 1e-9 }, "\(extent), a site in \(share)")
            }
        }
    }

    // MARK: Statistics

    @Test(arguments: [0, 1, 9, 65_537])
    func rangesAndBinsLeaveOutWhatIsNoNumber(count: Int) {
        let specials: [Float] = [.nan, .infinity, -.infinity]
        let x: [Float] = (0..<count).map { (index: Int) -> Float in index % 5 == 4 ? specials[index % 3] : Float(index % 11 - 5) }
        let finite: [Float] = x.filter { $0.isFinite }
        let (least, largest): (Float, Float) = (finite.min() ?? 0, finite.max() ?? 0)
        for threads in [1, 3] {
            let range = osteon_find_range(x, count, Int32(threads))
            #expect(range.low == least && range.high == largest && range.not_finite == count - finite.count)
            var bins = [UInt64](repeating: 1, count: 6)
            osteon_count_bins(x, count, 2, -3, 6, &bins, Int32(threads))
            var wanted = [UInt64](repeating: 1, count: 6)
            for value in finite { wanted[Int((value / 2).rounded(.down)) + 3] += 1 }
            #expect(bins == wanted)
        }
    }

    /// A row of zeros has the scale 1; the largest weight isn't clipped where only one scale is tried.
    @Test func weightsAreFitted() {
        let weights: [Float] = [0, 0, 0, 1, -2, 0.5, 100, 1, 1]
        var scales = [Float](repeating: 0, count: 4)
        var quantized = [Int8](repeating: 99, count: 10)
        weights.withUnsafeBufferPointer { weights in
            scales.withUnsafeMutableBufferPointer { scales in
                quantized.withUnsafeMutableBufferPointer { quantized in
                    var fit = osteon_weight_fit(
                        weights: weights.baseAddress, rows: 3, width: 3, importance: nil, limit: 127, tries: 1, scales: scales.baseAddress,
                        quantized: quantized.baseAddress)
                    osteon_fit_weights(&fit, 2)
                }
            }
        }
        let wanted: [Float] = [1, Float(2) / 127, Float(100) / 127, 0]
        #expect(scales == wanted)
        #expect(quantized == [0, 0, 0, 64, -127, 32, 127, 1, 1, 99])
    }
}
