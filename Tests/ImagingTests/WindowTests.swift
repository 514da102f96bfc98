import Bytes
import Contracts
import Imaging
import Tensors
import TestSupport
import Testing

@Suite struct WindowTests {
    /// A network whose result depends on the place within the window.
    static func network(_ x: Tensor) throws(OsteonError) -> Tensor {
        let y = try Tensor(uninitialized: .f32, x.shape)
        let count = x.shape.dropFirst(2).reduce(1, *)
        let from = x.elements(Float.self)
        var to = y.mutableElements(Float.self)
        for i in 0..<x.count { to[i] = from[i] * (1 + 0.01 * Float(i % count % 17)) }
        return y
    }

    /// The same, written plainly: every window in turn into whole volumes of sums and weights.
    static func plainly(_ image: Volume, _ region: [Int], overlap: Double, weight: (Int, Int, Int) -> Float) throws -> [Float] {
        let n = image.extents
        let values = try Samples.values(image)
        var sum = [Float](repeating: 0, count: values.count)
        var total = sum
        func starts(_ axis: Int) -> [Int] {
            let step = region[axis] == n[axis] ? n[axis] : max(1, Int(Double(region[axis]) * (1 - overlap)))
            var result: [Int] = []
            var place = 0
            while true {
                result.append(min(place, n[axis] - region[axis]))
                if place + region[axis] >= n[axis] { return result }
                place += step
            }
        }
        for a in starts(0) {
            for b in starts(1) {
                for c in starts(2) {
                    for x in 0..<region[0] {
                        for y in 0..<region[1] {
                            for z in 0..<region[2] {
                                let index = ((a + x) * n[1] + b + y) * n[2] + c + z
                                let local = (x * region[1] + y) * region[2] + z
                                let w = weight(x, y, z)
                                sum[index] += values[index] * (1 + 0.01 * Float(local % 17)) * w
                                total[index] += w
                            }
                        }
                    }
                }
            }
        }
        return zip(sum, total).map { $0 / $1 }
    }

    @Test(arguments: [([4, 4, 4], 0.25), ([5, 3, 7], 0.5), ([9, 8, 4], 0.0), ([9, 8, 10], 0.9)])
    func slabsGiveWhatWholeVolumesDo(_ region: [Int], _ overlap: Double) throws {
        let image = try Samples.places([9, 8, 10])
        for batch in [1, 3] {
            let window = try SlidingWindow(region: region, overlap: overlap, batch: batch)
            var last = (0, 0)
            let result = try window.run(image.tensor, progress: { last = ($0, $1) }, network: Self.network)
            let expected = try Self.plainly(image, region, overlap: overlap) { _, _, _ in 1 }
            for (a, b) in zip(try result.array(Float.self), expected) { #expect(abs(a - b) <= 1e-4 * max(1, abs(b))) }
            #expect(last.0 == last.1 && last.1 == window.count(on: image.extents))
        }
    }

    @Test(arguments: [[4, 4, 4], [5, 3, 7], [9, 8, 4], [12, 8, 3]]) func windowsAloneAreThoseThatARunGives(_ region: [Int]) throws {
        let image = try Samples.places([9, 8, 10], channels: 2)
        var seen: [[Float]] = []
        _ = try SlidingWindow(region: region, overlap: 0.5).run(image.tensor) { (x: Tensor) throws(OsteonError) -> Tensor in
            seen.append(try x.array(Float.self))
            return x
        }
        for batch in [1, 3] {
            let window = try SlidingWindow(region: region, overlap: 0.5, batch: batch)
            let count = window.count(on: image.extents)
            let windows = try window.windows(of: image.tensor, at: Array(0..<count))
            #expect(count == seen.count && windows.allSatisfy { $0.shape == [1, 2] + region })
            #expect(try windows.map { try $0.array(Float.self) } == seen)
        }
    }

    @Test func imagesSmallerThanTheWindowArePaddedAndCutBack() throws {
        let image = try Samples.places([3, 2, 5])
        let window = try SlidingWindow(region: [4, 6, 5], padding: .constant(7))
        var seen: [Float] = []
        let result = try window.run(image.tensor) { (x: Tensor) throws(OsteonError) -> Tensor in
            seen = try x.array(Float.self)
            return x
        }
        #expect(result.isIdentical(to: image.tensor))
        #expect(seen.count == 120)
        #expect(seen[0] == 7 && seen[2 * 5] == 0)  // (4 − 3) / 2 = 0 before the first axis, (6 − 2) / 2 = 2 before the second
    }

    @Test func steppingIsMONAIsAndNNUNets() throws {
        let monai = try SlidingWindow(region: [160], overlap: 0.25)
        let nnunet = try SlidingWindow(region: [128], overlap: 0.5, stepping: .nnunet)
        // MONAI: steps of 120; nnU-Net: its documented example, 150 with 128 and 0.5 is [0, 22].
        #expect(monai.count(on: [512]) == 4)
        #expect(nnunet.count(on: [150]) == 2)
        #expect(nnunet.count(on: [128]) == 1)
    }

    @Test func flatImagesAndOtherChannels() throws {
        let image = try Tensor((0..<35).map { Float($0) }, shape: [1, 5, 7])
        let window = try SlidingWindow(region: [3, 4], blend: .gaussian)
        let result = try window.run(image) { (x: Tensor) throws(OsteonError) -> Tensor in
            let y = try Tensor(zeros: .f32, [x.shape[0], 2] + x.shape.dropFirst(2))
            y.write(x.bytes)
            return y
        }
        #expect(result.shape == [2, 5, 7])
        for (i, value) in try result.array(Float.self).enumerated() { #expect(abs(value - (i < 35 ? Float(i) : 0)) < 1e-4) }
    }

    @Test func otherExtentsAreRefused() throws {
        let window = try SlidingWindow(region: [2, 2, 2])
        let image = try Samples.places([4, 4, 4]).tensor
        #expect(
            errorCode {
                _ = try window.run(image) { (x: Tensor) throws(OsteonError) -> Tensor in try Tensor(zeros: .f32, [1, 1, 1, 1, 1]) }
            } == .unsupported)
        #expect(errorCode { _ = try SlidingWindow(region: [2], overlap: 1) } == .usage)
    }

    @Test(arguments: [Float.nan, 1, -Float.infinity]) func noMaskIsMadeOfWhatIsNoNumber(_ value: Float) throws {
        let contract = ImagingContract(name: "m", task: .segmentation, input: .init(name: "x"), output: .init(name: "y"))
        let image = try Samples.places([4, 4, 4])
        let window = try SlidingWindow(region: [4, 4, 4])
        var builder = try MaskBuilder(contract, ImagingPlan(contract), on: image.grid, choice: .threshold)
        let code = errorCode {
            try window.run(
                image.tensor,
                network: { (batch) throws(OsteonError) in
                    var values = [Float](repeating: 0, count: batch.count)
                    values[9] = value
                    return try Tensor(values, shape: batch.shape)
                }, slab: { (slab) throws(OsteonError) in try builder.add(slab) })
        }
        #expect(code == (value.isNaN ? .unsupported : nil))
    }

    /// Steps of less than a voxel only repeat windows.
    @Test(arguments: [0.9999999, 1 - 0x1p-53]) func stepsAreAVoxelAtLeast(_ overlap: Double) throws {
        for stepping in SlidingWindow.Stepping.allCases {
            let window = try SlidingWindow(region: [4, 4], overlap: overlap, stepping: stepping)
            #expect(window.count(on: [9, 4]) == 6, "\(stepping)")
        }
    }

    /// The weights of a window that nobody has memory for are refused before they're made.
    @Test(arguments: SlidingWindow.Stepping.allCases) func weightsAreBudgeted(_ stepping: SlidingWindow.Stepping) throws {
        let window = try SlidingWindow(region: [1 << 20, 1 << 20, 1 << 20], blend: .gaussian, stepping: stepping)
        let image = try Samples.places([3, 3, 3]).tensor
        let code = errorCode { _ = try window.run(image) { (x: Tensor) throws(OsteonError) -> Tensor in x } }
        #expect(code == .limitExceeded)
    }
}
