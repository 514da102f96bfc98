import Bytes
import Contracts
import Tensors

/// Transforms that lay another grid over the image.
///
/// Clara's (ScaleByResolution, ScaleByFactor, ScaleToShape) resample as SciPy's `zoom` does: extents rounded half to even, first
/// voxel on first, last on last; linear for images and nearest for labels. MONAI's Resize treats voxels as cells; its
/// Spacing is `SpacingTransform`.
enum SamplingTransforms {
    static let table: [String: TransformTable.Maker] = [
        "ScaleByResolution": { (d) throws(OsteonError) in try ScaleByResolution(d) },
        "ScaleByFactor": { (d) throws(OsteonError) in try ScaleByFactor(d) },
        "ScaleToShape": { (d) throws(OsteonError) in try ScaleToShape(d) },
        "Spacing": { (d) throws(OsteonError) in try SpacingTransform(d) },
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
            guard factors.count == volume.spatialRank else {
                throw OsteonError(.invalidGraph, "\(factors.count) factors for \(volume.spatialRank) axes.")
            }
            var shape: [Int] = []
            for (extent, factor) in zip(volume.extents, factors) {
                shape.append(max(1, try Checked.int(rounding: Double(extent) * factor, .toNearestOrEven)))
            }
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
            guard let shape = try arguments.integers("target_shape"), shape.allSatisfy({ $0 > 0 }) else {
                throw arguments.wrong("target_shape", "extents above 0")
            }
            self.shape = shape
            let isLabel = try arguments.flag("is_label", false)
            let isNearest = try arguments.flag("nearest", false)
            interpolation = isLabel || isNearest ? .nearest : .linear
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            guard shape.count == volume.spatialRank else {
                throw OsteonError(.invalidGraph, "A shape of \(shape.count) extents for \(volume.spatialRank) axes.")
            }
            return try volume.scaled(toExtents: shape, interpolation)
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
            if arguments.has("labels"), description["labels"] != [["L", "R"], ["P", "A"], ["I", "S"]] {
                throw arguments.wrong("labels", "L R, P A, I S")
            }
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume { try volume.oriented(Orientation(code ?? "RAS")) }
    }

    struct Resize: FieldTransform {
        let fields: [String]
        private let arguments: TransformArguments
        private let isLongest: Bool

        init(_ description: ImagingTransform) throws(OsteonError) {
            arguments = try TransformArguments(
                description, known: ["spatial_size", "size_mode", "mode", "align_corners", "anti_aliasing", "anti_aliasing_sigma", "dtype"])
            fields = try arguments.fields()
            guard try !arguments.flag("anti_aliasing", false) else { throw arguments.wrong("anti_aliasing", "false") }
            switch arguments.text("size_mode") ?? "all" {
            case "all": isLongest = false
            case "longest": isLongest = true
            default: throw arguments.wrong("size_mode", "all or longest")
            }
            guard arguments.has("spatial_size") else { throw arguments.wrong("spatial_size", "extents") }
        }

        func apply(_ volume: Volume, field index: Int) throws(OsteonError) -> Volume {
            var shape: [Int]
            if isLongest {
                guard let longest = try arguments.integers("spatial_size")?.first, longest > 0 else {
                    throw arguments.wrong("spatial_size", "one extent above 0")
                }
                let scale = Double(longest) / Double(volume.extents.max() ?? 1)
                shape = volume.extents.map { Checked.clamped(Double($0) * scale, to: 1...longest, .toNearestOrEven) }
            } else {
                guard let given = try arguments.integers("spatial_size", rank: volume.spatialRank) else {
                    throw arguments.wrong("spatial_size", "extents")
                }
                shape = zip(given, volume.extents).map { $0 > 0 ? $0 : $1 }
            }
            let interpolation = try arguments.interpolation(field: index, default: .area)
            let alignsCorners = try arguments.flag("align_corners", field: index, false)
            return try volume.resampled(
                zip(volume.extents, shape).map {
                    $0 == $1 ? .identity($0) : AxisMap(alignsCorners && interpolation == .linear ? .corners : .cells, input: $0, output: $1)
                }, interpolation)
        }
    }
}

extension Volume {
    /// SciPy's `zoom` to these extents.
    func scaled(toExtents shape: [Int], _ interpolation: Interpolation) throws(OsteonError) -> Volume {
        try resampled(zip(extents, shape).map { $0 == $1 ? .identity($0) : AxisMap(.corners, input: $0, output: $1) }, interpolation)
    }

    /// SciPy's `zoom` to voxels of about these sizes: extents are rounded, so that the sizes are met to half a voxel in all.
    /// - Parameter refusing: whether voxels that aren't numbers are an error where they would spread to new ones.
    package func scaled(toResolution sizes: [Double], _ interpolation: Interpolation, refusing: Bool = false) throws(OsteonError) -> Volume
    {
        var shape: [Int] = []
        for (axis, extent) in extents.enumerated() {
            let target = sizes.count == 1 ? sizes[0] : axis < sizes.count ? sizes[axis] : spacing[axis]
            guard target.isFinite, target > 0 else { throw OsteonError(.usage, "A voxel size of \(target) mm.") }
            let isEqual = abs(spacing[axis] - target) <= SamplingTransforms.tolerance
            shape.append(isEqual ? extent : max(1, try Checked.int(rounding: Double(extent) * spacing[axis] / target, .toNearestOrEven)))
        }
        if refusing, interpolation != .nearest, shape != extents, unusableCount > 0 {
            throw OsteonError(
                .unsupported,
                """
                \(unusableCount) of \(tensor.count) voxels aren't numbers (NaN or infinite); resampling would spread them to their \
                neighbours. Replace them first.
                """
            )
        }
        return try scaled(toExtents: shape, interpolation)
    }

    /// How many voxels are NaN or infinite.
    package var unusableCount: Int { NumberCheck.count(tensor, includesInfinite: true) }
}
