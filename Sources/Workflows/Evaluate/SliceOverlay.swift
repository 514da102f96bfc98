import Bytes
import Imaging
import Metrics
import Tensors

/// Slices of a case for people to look at: the model's mask as a tint, the reference's as an outline, a colour a structure.
///
/// Seen as radiologists do: the patient's right on the left, anterior above (axial) or on the left (sagittal), superior above.
enum SliceOverlay {
    /// The plane's name and the world's axes (0 right, 1 anterior, 2 superior) across it, down it and along it.
    private static let planes = [("axial", 0, 1, 2), ("coronal", 0, 2, 1), ("sagittal", 1, 2, 0)]
    /// The longer side of a picture, in pixels, at most; small volumes are drawn by whole multiples of a voxel.
    private static let longest = 312.0
    /// The share of a structure's colour where the model's mask is.
    private static let tint = 0.45

    /// A structure's colour, by its place among the run's structures.
    static func color(_ place: Int) -> [UInt8] { Overlay.colors[place % Overlay.colors.count] }

    /// A plane with what's where, for below its picture.
    static func caption(_ plane: String) -> String {
        switch plane {
        case "axial": "axial: right on the left, anterior above"
        case "coronal": "coronal: right on the left, superior above"
        case "sagittal": "sagittal: anterior on the left, superior above"
        default: plane
        }
    }

    /// One slice a plane, through the place where most voxels are in dispute.
    /// - Parameters:
    ///   - image: the scan, on its own grid; its first channel is shown.
    ///   - predictions: a mask a structure, on the same grid.
    ///   - references: likewise.
    static func pictures(
        _ image: Volume, predictions: [Mask], references: [Mask]
    ) throws(OsteonError) -> [CaseRecord.Picture] {
        guard image.spatialRank == 3, (predictions + references).allSatisfy({ $0.shape == image.extents }) else { return [] }
        let grid = Grid(extents: image.extents, order: AxisOrder(from: try Orientation(of: image.affine), to: .ras), spacing: image.spacing)
        let slices = busiest(grid, predictions, references)
        let values = try image.channel(0).tensor.converted(to: .f32)
        var result: [CaseRecord.Picture] = []
        for (name, across, down, along) in planes {
            let view = View(grid: grid, across: across, down: down, along: along, slice: slices[along], longest: longest)
            let pixels = withExtendedLifetime(values) { draw(view, values.unsafeElements(Float.self), predictions, references) }
            result.append(
                CaseRecord.Picture(plane: name, png: try PNG.encoded(pixels, width: view.width, height: view.height, channels: 3)))
        }
        return result
    }

    /// For each of the world's axes the slice with most voxels that one mask alone has, then with most voxels of any mask.
    private static func busiest(_ grid: Grid, _ predictions: [Mask], _ references: [Mask]) -> [Int] {
        let extents = grid.extents
        let count = extents.reduce(1, *)
        // 1 where any mask is, 3 where two disagree.
        var state = [UInt8](repeating: 0, count: count)
        for (a, b) in zip(predictions, references) {
            let x = a.voxels
            let y = b.voxels
            for place in 0..<count where x[place] | y[place] != 0 { state[place] |= x[place] == y[place] ? 1 : 3 }
        }
        var disputed = extents.map { [Int](repeating: 0, count: $0) }
        var taken = disputed
        for i in 0..<extents[0] {
            for j in 0..<extents[1] {
                let row = (i * extents[1] + j) * extents[2]
                for k in 0..<extents[2] where state[row + k] != 0 {
                    let differs = state[row + k] == 3 ? 1 : 0
                    disputed[0][i] += differs
                    disputed[1][j] += differs
                    disputed[2][k] += differs
                    taken[0][i] += 1
                    taken[1][j] += 1
                    taken[2][k] += 1
                }
            }
        }
        return (0..<3).map { world in
            let axis = grid.order.source[world]
            let best =
                (0..<extents[axis]).max { (disputed[axis][$0], taken[axis][$0], $1) < (disputed[axis][$1], taken[axis][$1], $0) } ?? 0
            let isEmpty = taken[axis].allSatisfy { $0 == 0 }
            return isEmpty ? extents[axis] / 2 : best
        }
    }

    private static func draw(
        _ view: View, _ values: UnsafeBufferPointer<Float>, _ predictions: [Mask], _ references: [Mask]
    ) -> [UInt8] {
        let places = view.places
        let sorted = places.map { values[$0] }.filter(\.isFinite).sorted()
        let low = sorted.isEmpty ? 0 : sorted[sorted.count / 100]
        let high = sorted.isEmpty ? 1 : sorted[sorted.count - 1 - sorted.count / 100]
        let scale = high > low ? 255 / (high - low) : 0
        var pixels: [UInt8] = []
        pixels.reserveCapacity(places.count * 3)
        for (pixel, place) in places.enumerated() {
            let value = values[place].isFinite ? Double((values[place] - low) * scale) : 0
            var color = [Double](repeating: min(max(value, 0), 255), count: 3)
            for (structure, mask) in predictions.enumerated() where mask.voxels[place] == 1 {
                color = zip(color, self.color(structure)).map { $0 * (1 - tint) + Double($1) * tint }
            }
            if let structure = references.lastIndex(where: { isOutline($0, places, pixel, view) }) {
                color = self.color(structure).map(Double.init)
            }
            pixels += color.map { UInt8(Checked.clamped($0, to: 0...255)) }
        }
        return pixels
    }

    /// Whether a mask has the pixel but not all those a line's width away.
    private static func isOutline(_ mask: Mask, _ places: [Int], _ pixel: Int, _ view: View) -> Bool {
        guard mask.voxels[places[pixel]] == 1 else { return false }
        let column = pixel % view.width
        let row = pixel / view.width
        let line = view.line
        guard column >= line, column < view.width - line, row >= line, row < view.height - line else { return true }
        return (1...line).contains { step in
            [pixel - step, pixel + step, pixel - step * view.width, pixel + step * view.width].contains { mask.voxels[places[$0]] == 0 }
        }
    }
}

/// A volume's grid as the world's axes see it.
private struct Grid {
    let extents: [Int]
    let order: AxisOrder
    let spacing: [Double]

    /// How many voxels along a world's axis, and how long they are.
    func count(_ world: Int) -> Int { extents[order.source[world]] }
    func size(_ world: Int) -> Double { spacing[order.source[world]] }

    /// What one step along a world's axis, counted from its negative end, adds to a place, and where it begins.
    func stride(_ world: Int) -> (start: Int, step: Int) {
        let axis = order.source[world]
        let step = extents[(axis + 1)...].reduce(1, *)
        return order.flipped[world] ? ((extents[axis] - 1) * step, -step) : (0, step)
    }
}

/// One slice, as pixels of equal sides.
private struct View {
    let grid: Grid
    let across: Int, down: Int, along: Int
    /// By the file's own index along the slice's axis.
    let slice: Int
    let width: Int, height: Int
    /// How many pixels wide an outline is: two where a voxel is large.
    let line: Int
    private let pixel: Double

    init(grid: Grid, across: Int, down: Int, along: Int, slice: Int, longest: Double) {
        self.grid = grid
        self.across = across
        self.down = down
        self.along = along
        self.slice = slice
        let side = max(Double(grid.count(across)) * grid.size(across), Double(grid.count(down)) * grid.size(down))
        let voxel = min(grid.size(across), grid.size(down))
        let zoom = (longest * voxel / side).rounded(.down)
        line = zoom >= 4 ? 2 : 1
        pixel = zoom >= 1 ? voxel / zoom : side / longest
        width = Checked.clamped(Double(grid.count(across)) * grid.size(across) / pixel, to: 1...Int(longest))
        height = Checked.clamped(Double(grid.count(down)) * grid.size(down) / pixel, to: 1...Int(longest))
    }

    /// The volume's place of each pixel, row by row: both axes run from their positive end.
    var places: [Int] {
        let (startAcross, stepAcross) = grid.stride(across)
        let (startDown, stepDown) = grid.stride(down)
        let axis = grid.order.source[along]
        let base = slice * grid.extents[(axis + 1)...].reduce(1, *)
        func index(_ place: Int, _ world: Int) -> Int {
            let count = grid.count(world)
            return count - 1 - Checked.clamped((Double(place) + 0.5) * pixel / grid.size(world), to: 0...count - 1, .down)
        }
        return (0..<height).flatMap { row in
            (0..<width).map { column in
                base + startAcross + index(column, across) * stepAcross + startDown + index(row, down) * stepDown
            }
        }
    }
}
