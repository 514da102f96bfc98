import Bytes
import Tensors

/// The distances from each piece of one mask's surface to the other mask's surface, and back.
package struct SurfaceDistances: Sendable {
    /// What a surface is made of.
    package enum Pieces: String, JSONEnum {
        /// Voxels of the mask with a neighbour on an axis that isn't in it, each counting 1; beyond the border nothing is in
        /// the mask. MONAI's default.
        case voxels
        /// The places between neighbouring voxels some of which are in the mask and some not, each counting its area (mm²),
        /// in a plane its length (mm). DeepMind's `surface-distance`, and MONAI's with `use_subvoxels`.
        case elements
    }

    /// Each piece of one surface: how far it is to the other surface, in millimetres, and how much it counts.
    package struct Directed: Sendable {
        package var distances: [Double]
        package var sizes: [Double]

        /// Whether the mask has no surface.
        package var isEmpty: Bool { distances.isEmpty }
    }

    /// From the prediction's surface to the reference's; all distances infinite where the reference is empty.
    package let fromPrediction: Directed
    /// From the reference's surface to the prediction's.
    package let fromReference: Directed

    /// - Parameters:
    ///   - spacing: the voxel's edges in millimetres, in the order of the masks' axes.
    ///   - threads: for the distance transforms; the result doesn't depend on it.
    /// - Throws: `.invalidGraph` where shapes differ, `.usage` for a spacing that isn't of positive numbers, one an axis,
    ///   `.limitExceeded` where there's no memory.
    package init(
        prediction: Mask, reference: Mask, spacing: [Double], pieces: Pieces, threads: Int = 1
    ) throws(OsteonError) {
        guard prediction.shape == reference.shape else { throw OverlapCounts.different(prediction.shape, reference.shape) }
        guard spacing.count == prediction.shape.count, spacing.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw OsteonError(
                .usage, "A spacing has a positive number of millimetres for each of \(prediction.shape.count) axes, not \(spacing).")
        }
        guard let box = BoundingBox(of: prediction, and: reference) else {
            fromPrediction = Directed(distances: [], sizes: [])
            fromReference = fromPrediction
            return
        }
        let isPlane = spacing.count == 2
        let millimetres = isPlane ? [1] + spacing : spacing
        var surfaces: [Surface] = []
        for mask in [prediction, reference] {
            switch pieces {
            case .voxels: surfaces.append(try Surface(edgesOf: box.framed(mask), extents: box.framedExtents, isPlane: isPlane))
            case .elements: surfaces.append(try Surface(elementsOf: box.framed(mask), extents: box.framedExtents, spacing: spacing))
            }
        }
        fromPrediction = try surfaces[0].distances(to: surfaces[1], spacing: millimetres, threads: threads)
        fromReference = try surfaces[1].distances(to: surfaces[0], spacing: millimetres, threads: threads)
    }
}

/// The smallest box around two masks; a plane is a volume of one layer.
private struct BoundingBox {
    let shape: [Int]
    var least: [Int], greatest: [Int]

    /// nil where both are empty.
    init?(of a: Mask, and b: Mask) {
        shape = a.shape.count == 2 ? [1] + a.shape : a.shape
        least = shape
        greatest = [-1, -1, -1]
        let rows = shape[1]
        let width = shape[2]
        for i in 0..<shape[0] {
            for j in 0..<rows {
                let start = (i * rows + j) * width
                let row = start..<start + width
                guard let first = row.first(where: { a.voxels[$0] | b.voxels[$0] != 0 }),
                    let last = row.last(where: { a.voxels[$0] | b.voxels[$0] != 0 })
                else { continue }
                for (axis, (low, high)) in [(i, i), (j, j), (first - start, last - start)].enumerated() {
                    least[axis] = min(least[axis], low)
                    greatest[axis] = max(greatest[axis], high)
                }
            }
        }
        if greatest[0] < 0 { return nil }
    }

    /// With a frame of one voxel on every side.
    var framedExtents: [Int] { (0..<3).map { greatest[$0] - least[$0] + 3 } }

    /// The box of `mask` in its frame, which is out of the mask.
    func framed(_ mask: Mask) throws(OsteonError) -> [UInt8] {
        let extents = framedExtents
        var result = try [UInt8](budgeted: 0, count: Checked.product(extents))
        for i in least[0]...greatest[0] {
            for j in least[1]...greatest[1] {
                let source = (i * shape[1] + j) * shape[2]
                let target = ((i - least[0] + 1) * extents[1] + j - least[1] + 1) * extents[2] + 1
                for k in least[2]...greatest[2] { result[target + k - least[2]] = mask.voxels[source + k] }
            }
        }
        return result
    }
}

/// The surface of a framed mask, on a grid.
private struct Surface {
    var extents: [Int]
    /// 1 where a piece is.
    var pieces: [UInt8]
    /// Of each piece, in the grid's order; empty where each counts 1.
    var sizes: [Double]

    /// Voxels with a neighbour out of the mask, on the grid of the voxels.
    init(edgesOf mask: [UInt8], extents: [Int], isPlane: Bool) throws(OsteonError) {
        self.extents = extents
        sizes = []
        pieces = try [UInt8](budgeted: 0, count: mask.count)
        let width = extents[2]
        let plane = extents[1] * width
        for i in 1..<extents[0] - 1 {
            for j in 1..<extents[1] - 1 {
                let row = i * plane + j * width
                for at in row + 1..<row + width - 1 where mask[at] == 1 {
                    var neighbours = mask[at - 1] & mask[at + 1] & mask[at - width] & mask[at + width]
                    if !isPlane { neighbours &= mask[at - plane] & mask[at + plane] }
                    pieces[at] = 1 ^ neighbours
                }
            }
        }
    }

    /// Elements between voxels, on the grid of the voxels' corners; a plane's on that of its own layer.
    init(elementsOf mask: [UInt8], extents: [Int], spacing: [Double]) throws(OsteonError) {
        let table = SurfaceElementSizes(spacing: spacing).sizes
        let full = table.count - 1
        let isPlane = spacing.count == 2
        let width = extents[2]
        let plane = extents[1] * width
        self.extents = [isPlane ? 1 : extents[0] - 1, extents[1] - 1, width - 1]
        pieces = try [UInt8](budgeted: 0, count: Checked.product(self.extents))
        sizes = []
        var place = 0
        for i in 0..<self.extents[0] {
            for j in 0..<self.extents[1] {
                let row = (isPlane ? 1 : i) * plane + j * width
                for at in row..<row + self.extents[2] {
                    var code = Int(mask[at]) << 3 | Int(mask[at + 1]) << 2 | Int(mask[at + width]) << 1 | Int(mask[at + width + 1])
                    if !isPlane {
                        let next = at + plane
                        code =
                            code << 4 | Int(mask[next]) << 3 | Int(mask[next + 1]) << 2 | Int(mask[next + width]) << 1
                            | Int(mask[next + width + 1])
                    }
                    if code != 0, code != full {
                        pieces[place] = 1
                        sizes.append(table[code])
                    }
                    place += 1
                }
            }
        }
    }

    /// Of each piece, the distance to the nearest piece of `other`.
    func distances(to other: Surface, spacing: [Double], threads: Int) throws(OsteonError) -> SurfaceDistances.Directed {
        // A place, a distance and a size for each piece.
        try MemoryBudget.current.check(pieces.reduce(0) { $0 + Int($1) }, of: 3 * MemoryLayout<Double>.stride)
        let found = pieces.indices.filter { pieces[$0] == 1 }
        let squared = try DistanceTransform.squared(other.pieces, extents: extents, spacing: spacing, threads: threads)
        let values = squared.elements(Double.self)
        let distances = found.map { values[$0].squareRoot() }
        return SurfaceDistances.Directed(distances: distances, sizes: sizes.isEmpty ? [Double](repeating: 1, count: found.count) : sizes)
    }
}
