import Metrics
import TestSupport
import Testing

@Suite struct SurfaceTests {
    /// A mask of `shape` with the voxels of `boxes` (least and greatest indices) in it.
    private func mask(_ shape: [Int], _ boxes: [(least: [Int], greatest: [Int])]) throws -> Mask {
        var voxels = [Bool](repeating: false, count: shape.reduce(1, *))
        for place in voxels.indices {
            var rest = place
            let index = shape.reversed().map { extent -> Int in
                defer { rest /= extent }
                return rest % extent
            }.reversed()
            voxels[place] = boxes.contains { box in zip(index, zip(box.least, box.greatest)).allSatisfy { $0 >= $1.0 && $0 <= $1.1 } }
        }
        return try Mask(shape: shape, voxels: voxels)
    }

    private func noise(_ shape: [Int], seed: UInt64, share: Int = 2) throws -> Mask {
        var random = SplitMix64(seed: seed)
        return try Mask(shape: shape, voxels: (0..<shape.reduce(1, *)).map { _ in random.index(below: share) == 0 })
    }

    @Test func oneVoxelHasEightCornersAndSixSides() throws {
        let one = try mask([5, 6, 7], [([2, 3, 4], [2, 3, 4])])
        let spacing = [1.0, 2, 3]
        let elements = try SurfaceDistances(prediction: one, reference: one, spacing: spacing, pieces: .elements).fromPrediction
        // An octahedron with corners on the six faces' centres.
        #expect(elements.distances == [Double](repeating: 0, count: 8))
        let triangle = (36.0 + 9 + 4).squareRoot() / 8
        #expect(elements.sizes.allSatisfy { abs($0 - triangle) < 1e-15 })
        let voxels = try SurfaceDistances(prediction: one, reference: one, spacing: spacing, pieces: .voxels).fromPrediction
        #expect(voxels.distances == [0])
    }

    /// Opposite faces of a box a voxel thick are the whole face twice, less what the rims cut off.
    @Test func areaOfALargeBoxApproachesItsFaces() throws {
        let box = try mask([22, 22, 22], [([1, 1, 1], [20, 20, 20])])
        let area = try SurfaceDistances(prediction: box, reference: box, spacing: [1, 1, 1], pieces: .elements).fromPrediction.sizes.reduce(
            0, +)
        let faces = 6.0 * 19 * 19
        let rims = 12 * 19 * 0.5.squareRoot()
        let corners = 8 * 3.0.squareRoot() / 8
        #expect(abs(area - faces - rims - corners) < 1e-9)
    }

    @Test func distancesAreThoseOfEveryPair() throws {
        for (seed, shape) in [(1, [6, 7, 8]), (2, [1, 9, 5]), (3, [9, 1, 4]), (4, [4, 5, 1])] as [(UInt64, [Int])] {
            let spacing = [0.7, 1.3, 2.5]
            let a = try noise(shape, seed: seed, share: 9)
            let b = try noise(shape, seed: seed + 10, share: 9)
            let found = try SurfaceDistances(prediction: a, reference: b, spacing: spacing, pieces: .voxels)
            // Every voxel is at the edge: its own neighbours rarely are all in.
            let from = places(a, shape)
            let to = places(b, shape)
            let wanted = from.map { p in to.map { q in distance(p, q, spacing) }.min() ?? .infinity }
            #expect(found.fromPrediction.distances.count == wanted.count)
            #expect(zip(found.fromPrediction.distances, wanted).allSatisfy { abs($0 - $1) < 1e-12 })
        }
    }

    private func distance(_ p: [Int], _ q: [Int], _ spacing: [Double]) -> Double {
        var sum = 0.0
        for axis in 0..<3 {
            let step = Double(p[axis] - q[axis]) * spacing[axis]
            sum += step * step
        }
        return sum.squareRoot()
    }

    private func places(_ mask: Mask, _ shape: [Int]) -> [[Int]] {
        let other = try? SurfaceDistances(prediction: mask, reference: mask, spacing: [1, 1, 1], pieces: .voxels)
        var result: [[Int]] = []
        for i in 0..<shape[0] { for j in 0..<shape[1] { for k in 0..<shape[2] where mask[[i, j, k]] { result.append([i, j, k]) } } }
        #expect(other?.fromPrediction.distances.count == result.count)
        return result
    }

    @Test func threadsDontChangeADistance() throws {
        let a = try noise([19, 23, 17], seed: 5)
        let b = try noise([19, 23, 17], seed: 6)
        for pieces in SurfaceDistances.Pieces.allCases {
            let one = try SurfaceDistances(prediction: a, reference: b, spacing: [1, 0.9, 3], pieces: pieces, threads: 1)
            let many = try SurfaceDistances(prediction: a, reference: b, spacing: [1, 0.9, 3], pieces: pieces, threads: 7)
            #expect(one.fromPrediction.distances == many.fromPrediction.distances)
            #expect(one.fromReference.distances == many.fromReference.distances)
        }
    }

    @Test func mirroredAndTurnedSurfacesAreAsLarge() throws {
        let shape = [7, 7, 7]
        let spacing = [1.0, 1.0, 1.0]
        var random = SplitMix64(seed: 8)
        let voxels = (0..<343).map { _ in random.index(below: 2) == 0 }
        let area = { (voxels: [Bool]) throws -> Double in
            let mask = try Mask(shape: shape, voxels: voxels)
            return try SurfaceDistances(prediction: mask, reference: mask, spacing: spacing, pieces: .elements).fromPrediction.sizes.reduce(
                0, +)
        }
        let whole = try area(voxels)
        #expect(abs(try area(voxels.reversed()) - whole) < 1e-9)
        let turned = (0..<343).map { voxels[($0 % 7) * 49 + $0 / 7] }
        #expect(abs(try area(turned) - whole) < 1e-9)
    }

    @Test func emptyMasks() throws {
        let none = try mask([4, 4], [])
        let one = try mask([4, 4], [([1, 1], [2, 2])])
        for pieces in SurfaceDistances.Pieces.allCases {
            let both = try SurfaceDistances(prediction: none, reference: none, spacing: [1, 1], pieces: pieces)
            #expect(SurfaceDice.value(both, tolerance: 1).isNaN)
            let first = try SurfaceDistances(prediction: one, reference: none, spacing: [1, 1], pieces: pieces)
            let second = try SurfaceDistances(prediction: none, reference: one, spacing: [1, 1], pieces: pieces)
            for distances in [first, second] { #expect(SurfaceDice.value(distances, tolerance: 1) == 0) }
            for rule in HausdorffDistance.Rule.allCases where rule.pieces == pieces {
                for distances in [both, first, second] {
                    let value = HausdorffDistance.value(distances, rule: rule)
                    #expect(rule == .monai ? value.isNaN : value == .infinity)
                }
            }
        }
    }

    /// A shifted bar: half its edge voxels lie a voxel away.
    @Test func hausdorffAndSurfaceDiceOfAShiftedBar() throws {
        let a = try mask([3, 12], [([1, 1], [1, 10])])
        let b = try mask([3, 12], [([1, 3], [1, 10])])
        let distances = try SurfaceDistances(prediction: a, reference: b, spacing: [1, 2], pieces: .voxels)
        #expect(distances.fromPrediction.distances == [4, 2, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(SurfaceDice.value(distances, tolerance: 2) == 17.0 / 18)
        #expect(SurfaceDice.value(distances, tolerance: 1.999) == 16.0 / 18)
        #expect(HausdorffDistance.value(distances, percentile: 100, rule: .monai) == 4)
        // Rank 8.55 of ten: between 2 and 4.
        #expect(abs(HausdorffDistance.value(distances, rule: .monai) - 3.1) < 1e-6)
        let elements = try SurfaceDistances(prediction: a, reference: b, spacing: [1, 2], pieces: .elements)
        #expect(HausdorffDistance.value(elements, percentile: 100, rule: .deepmind) == 4)
        #expect(HausdorffDistance.value(elements, percentile: 50, rule: .deepmind) == 0)
    }

    /// 193 voxels of 204 lie on the reference, eleven 1000 mm from it: `torch.quantile` of these distances gives 849.9976.
    @Test func ranksAreNotRoundedToSinglePrecision() throws {
        let both: ([Int], [Int]) = ([0, 0], [0, 192])
        let a = try mask([2, 204], [both, ([1, 0], [1, 10])])
        let b = try mask([2, 204], [both])
        let distances = try SurfaceDistances(prediction: a, reference: b, spacing: [1000, 1], pieces: .voxels)
        #expect(distances.fromPrediction.distances.count == 204)
        #expect(abs(HausdorffDistance.value(distances, rule: .monai) - 849.9976) < 1e-3)
    }

    @Test func aToleranceMissedByRoundingAloneIsKept() throws {
        let a = try mask([1, 1, 8], [([0, 0, 0], [0, 0, 0])])
        let b = try mask([1, 1, 8], [([0, 0, 3], [0, 0, 3])])
        let distances = try SurfaceDistances(prediction: a, reference: b, spacing: [1, 1, 0.1], pieces: .voxels)
        #expect(SurfaceDice.value(distances, tolerance: 0.3) == 1)
    }

    @Test(arguments: [[1.0, 1], [1, 1, 0], [1, -1, 1], [1, 1, .nan], [1, 1, .infinity]]) func spacingsThatArentAreRefused(spacing: [Double])
        throws
    {
        let one = try mask([2, 2, 2], [([1, 1, 1], [1, 1, 1])])
        #expect(errorCode { _ = try SurfaceDistances(prediction: one, reference: one, spacing: spacing, pieces: .voxels) } == .usage)
    }
}
