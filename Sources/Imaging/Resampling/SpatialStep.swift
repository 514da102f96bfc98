import Bytes
import Tensors

/// One thing that moved a volume's grid, with what's needed to undo it.
package enum SpatialStep: Sendable, Hashable {
    /// Axes exchanged and mirrored; nothing is lost.
    case reordered(AxisOrder)
    /// Resampled axis by axis.
    case resampled([AxisMap])
    /// Resampled in space.
    case placed(PlacedGrid)
    /// Cropped, padded or both: voxel i of the result is voxel i + start of what was, which had these extents.
    case windowed(start: [Int], extents: [Int])
}

/// What lies outside a volume.
package enum Padding: Sendable, Hashable {
    case constant(Float)
    /// The edge's voxel (`replicate`, `edge`).
    case edge
    /// Mirrored at the edge's voxel, which isn't repeated (`reflect`).
    case reflect
    /// Mirrored at the edge, its voxel repeated (`symmetric`).
    case symmetric
    /// From the other end (`circular`, `wrap`).
    case circular

    /// As NumPy, PyTorch and MONAI name them.
    package init(name: String, value: Float = 0) throws(OsteonError) {
        switch name.lowercased() {
        case "constant", "zeros": self = .constant(value)
        case "edge", "replicate", "border": self = .edge
        case "reflect": self = .reflect
        case "symmetric": self = .symmetric
        case "circular", "wrap": self = .circular
        default:
            throw OsteonError(
                .unsupported, "The padding mode \"\(name)\" isn't supported; constant, edge, reflect, symmetric and circular are.")
        }
    }

    /// The input place for each output place `start + 0 ..< count`; -1 outside a constant border.
    func table(start: Int, count: Int, extent: Int) -> [Int32] {
        (start..<start + count).map { place in
            if place >= 0, place < extent { return Int32(place) }
            switch self {
            case .constant: return -1
            case .edge: return Int32(min(max(place, 0), extent - 1))
            case .circular: return Int32(((place % extent) + extent) % extent)
            case .symmetric:
                let period = 2 * extent
                let folded = ((place % period) + period) % period
                return Int32(folded < extent ? folded : period - 1 - folded)
            case .reflect:
                if extent == 1 { return 0 }
                let period = 2 * extent - 2
                let folded = ((place % period) + period) % period
                return Int32(folded < extent ? folded : period - folded)
            }
        }
    }

    var fill: Float { if case .constant(let value) = self { value } else { 0 } }
}

extension Volume {
    /// Axes exchanged and mirrored, without resampling.
    package func reordered(_ order: AxisOrder) throws(OsteonError) -> Volume {
        if order.isIdentity { return self }
        var result = self
        result.tensor = try Resampler.reorder(tensor, order)
        result.affine = order.apply(to: affine, extents: extents)
        result.steps.append(.reordered(order))
        return result
    }

    /// Brought into an orientation such as `RAS`.
    package func oriented(_ orientation: Orientation) throws(OsteonError) -> Volume {
        guard spatialRank == 3 else { throw OsteonError(.unsupported, "A flat image has no orientation in space.") }
        return try reordered(AxisOrder(from: Orientation(of: affine), to: orientation))
    }

    /// Resampled along each axis.
    package func resampled(_ maps: [AxisMap], _ interpolation: Interpolation) throws(OsteonError) -> Volume {
        guard maps.count == spatialRank, zip(maps, extents).allSatisfy({ $0.input == $1 && $0.output >= 1 }) else {
            throw OsteonError(.internalFault, "\(maps.map(\.input)) doesn't map a grid of \(extents).")
        }
        if maps.allSatisfy(\.isIdentity) { return self }
        try VolumeLimits().check([channels] + maps.map(\.output))
        var result = self
        result.tensor = try Resampler.resample(tensor, maps, interpolation)
        let padded = maps + [AxisMap](repeating: .identity(1), count: 3 - maps.count)
        result.affine = affine.rescaled(padded.map(\.scale), padded.map(\.offset))
        result.steps.append(.resampled(maps))
        return result
    }

    /// Resampled in space. Grids so near to one another that MONAI takes them for equal leave the image as it is.
    func placed(_ grid: PlacedGrid, _ interpolation: Interpolation) throws(OsteonError) -> Volume {
        guard grid.input == extents, grid.output.allSatisfy({ $0 >= 1 }) else {
            throw OsteonError(.internalFault, "\(grid.input) doesn't map a grid of \(extents).")
        }
        if grid.isUnchanged { return self }
        try VolumeLimits().check([channels] + grid.output)
        var result = self
        result.tensor = try Resampler.place(tensor, grid, interpolation)
        result.affine = affine.following(grid.toInput)
        result.steps.append(.placed(grid))
        return result
    }

    /// The part that begins at voxel `start` and has these extents; what lies outside is padded.
    package func windowed(start: [Int], extents size: [Int], _ padding: Padding = .constant(0)) throws(OsteonError) -> Volume {
        guard start.count == spatialRank, size.count == spatialRank, size.allSatisfy({ $0 >= 1 }) else {
            throw OsteonError(.invalidGraph, "A part of \(size) voxels can't be cut from a grid of \(extents).")
        }
        if start.allSatisfy({ $0 == 0 }), size == extents { return self }
        try VolumeLimits().check([channels] + size)
        var result = self
        let tables = (0..<spatialRank).map { padding.table(start: start[$0], count: size[$0], extent: extents[$0]) }
        result.tensor = try Resampler.gather(tensor, tables, fill: padding.fill)
        let three = start.map(Double.init) + [Double](repeating: 0, count: 3 - start.count)
        result.affine = affine.rescaled([1, 1, 1], three)
        result.steps.append(.windowed(start: start, extents: extents))
        return result
    }

    /// Back to the grid before the last `count` steps, undoing each.
    /// - Parameters:
    ///   - interpolation: `nearest` for labels.
    ///   - fill: for voxels that were cropped away.
    package func undoing(_ count: Int, _ interpolation: Interpolation, fill: Float = 0) throws(OsteonError) -> Volume {
        var result = self
        for _ in 0..<count {
            guard let step = result.steps.popLast() else { break }
            let kept = result.steps
            switch step {
            case .reordered(let order): result = try result.reordered(order.inverse)
            case .resampled(let maps): result = try result.resampled(maps.map(\.inverse), interpolation)
            case .placed(let grid): result = try result.placed(grid.inverse(interpolation), interpolation)
            case .windowed(let start, let extents):
                result = try result.windowed(start: start.map { -$0 }, extents: extents, .constant(fill))
            }
            result.steps = kept
        }
        // Undone, the grid is the file's own to the last bit.
        if result.steps.isEmpty, let source, source.extents == result.extents, source.affine.matches(result.affine, extents: source.extents)
        {
            result.affine = source.affine
        }
        return result
    }

    /// Back on the grid of the file it came from.
    /// - Throws: `.internalFault` where that isn't reached.
    package func restored(_ interpolation: Interpolation, fill: Float = 0) throws(OsteonError) -> Volume {
        let result = try undoing(steps.count, interpolation, fill: fill)
        if let source, source.extents != result.extents || source.affine != result.affine {
            throw OsteonError(
                .internalFault, "Undoing every step led to \(result.gridText), not to the grid of \(source.paths.first ?? "the file").")
        }
        return result
    }
}
