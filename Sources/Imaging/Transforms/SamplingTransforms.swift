import Bytes
import Container

/// Transforms that lay another grid over the image.
///
/// Clara's (ScaleByResolution, ScaleByFactor, ScaleToShape) resample as SciPy's `zoom` does: extents rounded half to even, first
/// voxel on first, last on last; linear for images and nearest for labels. MONAI's Spacing places its grid in space (see
/// `spaced`) and holds values within the image (`border`); its Resize treats voxels as cells.
enum SamplingTransforms {
    static let table: [String: TransformTable.Maker] = [
        "ScaleByResolution": { (d) throws(OsteonError) in try ScaleByResolution(d) },
        "ScaleByFactor": { (d) throws(OsteonError) in try ScaleByFactor(d) },
        "ScaleToShape": { (d) throws(OsteonError) in try ScaleToShape(d) },
        "Spacing": { (d) throws(OsteonError) in try Spacing(d) },
        "Orientation": { (d) throws(OsteonError) in try Orient(d) },
        "Resize": { (d) throws(OsteonError) in try Resize(d) },
    ]

    /// Voxel sizes nearer than this, in millimetres, count as equal (MONAI's tolerance).
    static let tolerance = 1e-3

    struct ScaleByResolution: FieldTransform {
        let fields: [String]
        let resolution: [Double]
        let interpolation: Interpolation

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["target_resolution", "is_label", "dtype"])
            fields = try arguments.fields()
            guard let resolution = try arguments.numbers("target_resolution"), resolution.allSatisfy({ $0 > 0 }) else {
                throw arguments.wrong("target_resolution", "voxel sizes above 0")
            }
            self.resolution = resolution
            interpolation = try arguments.flag("is_label", false) ? .nearest : .linear
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            try volume.scaled(toResolution: resolution, interpolation)
        }
    }

    struct ScaleByFactor: FieldTransform {
        let fields: [String]
        let factor: [Double]
        let interpolation: Interpolation

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["factor", "factors", "is_label", "dtype"])
            fields = try arguments.fields()
            guard let factor = try arguments.numbers("factor", or: "factors"), factor.allSatisfy({ $0 > 0 }) else {
                throw arguments.wrong("factor", "numbers above 0")
            }
            self.factor = factor
            interpolation = try arguments.flag("is_label", false) ? .nearest : .linear
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            let factors = factor.count == 1 ? [Double](repeating: factor[0], count: volume.spatialRank) : factor
            guard factors.count == volume.spatialRank else { throw OsteonError(.invalidGraph, "\(factors.count) factors for \(volume.spatialRank) axes.") }
            var shape: [Int] = []
            for (extent, factor) in zip(volume.extents, factors) { shape.append(max(1, try Checked.int((Double(extent) * factor).rounded(.toNearestOrEven)))) }
            return try volume.scaled(toExtents: shape, interpolation)
        }
    }

    struct ScaleToShape: FieldTransform {
        let fields: [String]
        let shape: [Int]
        let interpolation: Interpolation

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["target_shape", "is_label", "nearest", "dtype"])
            fields = try arguments.fields()
            guard let shape = try arguments.integers("target_shape"), shape.allSatisfy({ $0 > 0 }) else { throw arguments.wrong("target_shape", "extents above 0") }
            self.shape = shape
            let isLabel = try arguments.flag("is_label", false), isNearest = try arguments.flag("nearest", false)
            interpolation = isLabel || isNearest ? .nearest : .linear
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            guard shape.count == volume.spatialRank else { throw OsteonError(.invalidGraph, "A shape of \(shape.count) extents for \(volume.spatialRank) axes.") }
            return try volume.scaled(toExtents: shape, interpolation)
        }
    }

    struct Spacing: FieldTransform {
        let fields: [String]
        private let arguments: TransformArguments
        private let sizes: [Double], least: [Double]?, most: [Double]?

        init(_ description: ImagingTransform) throws(OsteonError) {
            arguments = try TransformArguments(
                description,
                known: ["pixdim", "diagonal", "mode", "padding_mode", "align_corners", "dtype", "scale_extent", "recompute_affine", "min_pixdim", "max_pixdim", "ensure_same_shape"])
            fields = try arguments.fields()
            guard let sizes = try arguments.numbers("pixdim") else { throw arguments.wrong("pixdim", "voxel sizes") }
            self.sizes = sizes
            least = try arguments.numbers("min_pixdim")
            most = try arguments.numbers("max_pixdim")
            for name in ["diagonal", "scale_extent", "recompute_affine"] where try arguments.flag(name, false) {
                throw OsteonError(.unsupported, "\(arguments.name): \(name) isn't supported.")
            }
            for (index, _) in fields.enumerated() {
                let padding = try arguments.text("padding_mode", field: index)?.lowercased() ?? "border"
                guard ["border", "gridsamplepadmode.border"].contains(padding) else {
                    throw OsteonError(.unsupported, "\(arguments.name): the padding mode \"\(padding)\" isn't supported; border is.")
                }
            }
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            var target = Array(sizes.prefix(volume.spatialRank))
            while target.count < volume.spatialRank { target.append(target[target.count - 1]) }
            for (axis, size) in volume.spacing.enumerated() {
                // 0 and less keep the axis' own size.
                if target[axis] <= 0 { target[axis] = size }
                let low = min(least.flatMap { axis < $0.count ? $0[axis] : nil } ?? target[axis], target[axis])
                let high = max(most.flatMap { axis < $0.count ? $0[axis] : nil } ?? target[axis], target[axis])
                if size >= low - tolerance, size <= high + tolerance { target[axis] = size }
            }
            return try volume.spaced(target, arguments.interpolation(field: index, default: .linear))
        }
    }

    struct Orient: FieldTransform {
        let fields: [String]
        private let code: String?

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(description, known: ["axcodes", "as_closest_canonical", "labels"])
            fields = try arguments.fields()
            let isCanonical = try arguments.flag("as_closest_canonical", false)
            code = isCanonical ? "RAS" : arguments.text("axcodes")
            if let code { _ = try Orientation(code) } else { throw arguments.wrong("axcodes", "an orientation such as RAS") }
            if arguments.has("labels"), description["labels"] != [["L", "R"], ["P", "A"], ["I", "S"]] { throw arguments.wrong("labels", "L R, P A, I S") }
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume { try volume.oriented(Orientation(code ?? "RAS")) }
    }

    struct Resize: FieldTransform {
        let fields: [String]
        private let arguments: TransformArguments
        private let isLongest: Bool, alignsCorners: Bool

        init(_ description: ImagingTransform) throws(OsteonError) {
            arguments = try TransformArguments(description, known: ["spatial_size", "size_mode", "mode", "align_corners", "anti_aliasing", "anti_aliasing_sigma", "dtype"])
            fields = try arguments.fields()
            guard try !arguments.flag("anti_aliasing", false) else { throw arguments.wrong("anti_aliasing", "false") }
            switch arguments.text("size_mode") ?? "all" {
            case "all": isLongest = false
            case "longest": isLongest = true
            default: throw arguments.wrong("size_mode", "all or longest")
            }
            alignsCorners = try arguments.flag("align_corners", field: 0, false)
            guard arguments.has("spatial_size") else { throw arguments.wrong("spatial_size", "extents") }
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            var shape: [Int]
            if isLongest {
                guard let longest = try arguments.integers("spatial_size")?.first, longest > 0 else { throw arguments.wrong("spatial_size", "one extent above 0") }
                let scale = Double(longest) / Double(volume.extents.max() ?? 1)
                shape = volume.extents.map { max(1, Int((Double($0) * scale).rounded(.toNearestOrEven))) }
            } else {
                guard let given = try arguments.integers("spatial_size", rank: volume.spatialRank) else { throw arguments.wrong("spatial_size", "extents") }
                shape = zip(given, volume.extents).map { $0 > 0 ? $0 : $1 }
            }
            let interpolation = try arguments.interpolation(field: index, default: .area)
            return try volume.resampled(
                zip(volume.extents, shape).map { $0 == $1 ? .identity($0) : AxisMap(alignsCorners && interpolation == .linear ? .corners : .cells, input: $0, output: $1) }, interpolation)
        }
    }
}

extension Volume {
    /// SciPy's `zoom` to these extents.
    func scaled(toExtents shape: [Int], _ interpolation: Interpolation) throws(OsteonError) -> Volume {
        try resampled(zip(extents, shape).map { $0 == $1 ? .identity($0) : AxisMap(.corners, input: $0, output: $1) }, interpolation)
    }

    /// SciPy's `zoom` to voxels of about these sizes: extents are rounded, so that the sizes are met to half a voxel in all.
    public func scaled(toResolution sizes: [Double], _ interpolation: Interpolation) throws(OsteonError) -> Volume {
        var shape: [Int] = []
        for (axis, extent) in extents.enumerated() {
            let target = sizes.count == 1 ? sizes[0] : axis < sizes.count ? sizes[axis] : spacing[axis]
            guard target.isFinite, target > 0 else { throw OsteonError(.usage, "A voxel size of \(target) mm.") }
            let isEqual = abs(spacing[axis] - target) <= SamplingTransforms.tolerance
            shape.append(isEqual ? extent : max(1, try Checked.int((Double(extent) * spacing[axis] / target).rounded(.toNearestOrEven))))
        }
        return try scaled(toExtents: shape, interpolation)
    }

    /// MONAI's Spacing: a grid of just these voxel sizes along the same axes, ⌊(n − 1) · size / target + 1½⌋ voxels, halves to
    /// even. It begins at the first voxel's centre; where that isn't the new grid's first corner, the middles of both grids meet.
    ///
    /// Axes that a file's single precision keeps from being just perpendicular decide which: MONAI takes a corner to within 10⁻⁸
    /// voxels, so that of oblique scans some begin at the first voxel and some don't.
    /// - Throws: `.unsupported` where the axes aren't perpendicular: such a grid can't be resampled axis by axis.
    public func spaced(_ sizes: [Double], _ interpolation: Interpolation) throws(OsteonError) -> Volume {
        guard spatialRank < 3 || affine.skew < 1e-3 else {
            throw OsteonError(.unsupported, "The image's axes aren't perpendicular (its affine shears); resample it to a regular grid first.")
        }
        for (axis, size) in spacing.enumerated() {
            guard (sizes[axis] / size).isFinite, sizes[axis] / size > 0 else {
                throw OsteonError(.malformed, "A voxel size of \(size) mm can't be resampled to \(sizes[axis]) mm.")
            }
        }
        let steps = spacedSteps(sizes)
        // What the voxels of each axis add to the place along the new ones.
        let reach = steps.map { row in zip(row, extents).map { $0 * Double($1 - 1) } }
        let beginsAtFirst = reach.allSatisfy { $0.filter { $0 < 0 }.reduce(0, +) >= -1e-8 }
        var maps: [AxisMap] = []
        for (axis, extent) in extents.enumerated() {
            let scale = sizes[axis] / spacing[axis]
            let count = max(1, try Checked.int((reach[axis].reduce(0) { $0 + abs($1) } + 1).rounded(.toNearestOrEven)))
            let offset = beginsAtFirst ? 0 : Double(extent) / 2 - scale * Double(count) / 2
            maps.append(scale == 1 && count == extent ? .identity(extent) : AxisMap(.places(scale: scale, offset: offset), input: extent, output: count))
        }
        return try resampled(maps, interpolation)
    }

    /// By new axis: how many new voxels a step along each old axis is. The new axes are the old ones made perpendicular, the
    /// first kept (Gram and Schmidt).
    private func spacedSteps(_ sizes: [Double]) -> [[Double]] {
        guard spatialRank == 3 else {
            return (0 ..< spatialRank).map { row in (0 ..< spatialRank).map { $0 == row ? spacing[row] / sizes[row] : 0 } }
        }
        var axes: [SIMD3<Double>] = []
        for column in affine.columns {
            var axis = column
            for other in axes { axis -= other * (other * column).sum() }
            axes.append(axis / (axis * axis).sum().squareRoot())
        }
        return (0 ..< 3).map { row in (0 ..< 3).map { $0 < row ? 0 : (axes[row] * affine.columns[$0]).sum() / sizes[row] } }
    }
}
