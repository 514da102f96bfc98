import Bytes
import Tensors

/// A drawn case with exact labels, for demonstrations and tests: a bright core (label 1) in a shell (label 2) inside a body,
/// a decoy as bright as the core beside it, and noise.
///
/// Only whole numbers decide, so the same seed gives the same bits on every machine and in every language;
/// `tools/fixtures/README.md` has the recipe. Voxels are 1 mm wide.
package struct Phantom: Sendable {
    package let seed: UInt64
    /// [1, x, y, z], `f32` holding whole numbers.
    package let image: Volume
    /// [1, x, y, z], `u8`: 0, 1 the core, 2 the shell.
    package let labels: Volume

    package init(seed: UInt64) throws(OsteonError) {
        self.seed = seed
        var stream = Stream(seed: seed)
        let extents = stream.three(24...32)
        let middle = extents.map { $0 - 1 }
        let outer = stream.three(14...20)
        let thickness = stream.draw(4...6)
        let centre = middle.map { $0 + stream.draw(-6...6) }
        let small = stream.three(5...8)
        let axis = stream.draw(0...2)
        let side = 2 * stream.draw(0...1) - 1
        var beside = centre
        beside[axis] += side * (outer[axis] + small[axis] + stream.draw(0...4))

        let body = Ellipsoid(centre: middle, radii: extents.map { $0 - 2 })
        let decoy = Ellipsoid(centre: beside, radii: small)
        let whole = Ellipsoid(centre: centre, radii: outer)
        let core = Ellipsoid(centre: centre, radii: outer.map { $0 - thickness })
        let image = try Tensor(uninitialized: .f32, [1] + extents)
        let labels = try Tensor(uninitialized: .u8, [1] + extents)
        var intensities = image.mutableElements(Float.self)
        var classes = labels.mutableElements(UInt8.self)
        for z in 0..<extents[2] {
            for y in 0..<extents[1] {
                for x in 0..<extents[0] {
                    let isCore = core.contains(x, y, z)
                    let isWhole = whole.contains(x, y, z)
                    let drawn = isCore ? 700 : isWhole ? 500 : decoy.contains(x, y, z) ? 700 : body.contains(x, y, z) ? 300 : 0
                    let index = (x * extents[1] + y) * extents[2] + z
                    intensities[index] = Float(drawn + stream.noise())
                    classes[index] = isCore ? 1 : isWhole ? 2 : 0
                }
            }
        }
        self.image = try Volume(image)
        self.labels = try Volume(labels)
    }
}

/// Lengths are in half voxels; voxel `i` lies at `2i`.
private struct Ellipsoid {
    let centre: [Int], squares: [Int]

    init(centre: [Int], radii: [Int]) {
        self.centre = centre
        squares = radii.map { $0 * $0 }
    }

    func contains(_ x: Int, _ y: Int, _ z: Int) -> Bool {
        let dx = 2 * x - centre[0]
        let dy = 2 * y - centre[1]
        let dz = 2 * z - centre[2]
        return dx * dx * squares[1] * squares[2] + dy * dy * squares[2] * squares[0] + dz * dz * squares[0] * squares[1]
            <= squares[0] * squares[1] * squares[2]
    }
}

private struct Stream {
    private var words: SplitMix64

    init(seed: UInt64) { words = SplitMix64(seed: seed) }

    mutating func draw(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(words.next() >> 33) % range.count }

    mutating func three(_ range: ClosedRange<Int>) -> [Int] { (0..<3).map { _ in draw(range) } }

    /// About 0, with a deviation of about 26.
    mutating func noise() -> Int {
        var word = words.next()
        var sum = 0
        for _ in 0..<8 {
            sum += Int(word & 255)
            word >>= 8
        }
        return sum / 8 - 127
    }
}
