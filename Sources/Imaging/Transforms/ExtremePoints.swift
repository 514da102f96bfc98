import Bytes
import Contracts
import Glibc
import Tensors

extension ChannelTransforms {
    /// Adds a channel with a Gaussian of deviation sigma at each extreme point, scaled to run from rescale_min to rescale_max
    /// (Clara and MONAI, after Maninis et al., "Deep Extreme Cut", 2018).
    ///
    /// The points are the ones a person gave or, where there are none, the extremes of the label: for each axis the first voxel
    /// with the least and with the largest index.
    struct ExtremePoints: CaseTransform {
        private let image: String, label: String, sigma: [Double], least: Float, most: Float
        var use: FieldUse { FieldUse([], sources: [image]) }

        init(_ description: ImagingTransform) throws(OsteonError) {
            let arguments = try TransformArguments(
                description,
                known: [
                    "image_field", "label_field", "label_key", "sigma", "rescale_min", "rescale_max", "background", "pert", "permutation",
                    "dtype", "points", "points_channel_field",
                ])
            let fields = description.fields
            image = arguments.text("image_field") ?? fields.first ?? "image"
            label = arguments.text("label_field") ?? arguments.text("label_key") ?? "label"
            sigma = try arguments.numbers("sigma") ?? [3]
            least = Float(try arguments.number("rescale_min") ?? -1)
            most = Float(try arguments.number("rescale_max") ?? 1)
            for name in ["pert", "permutation"] where try arguments.number(name) ?? 0 != 0 {
                throw OsteonError(.unsupported, "\(arguments.name) would move the points at random (\(name)), which is for training.")
            }
            guard try arguments.number("background") ?? 0 == 0 else { throw arguments.wrong("background", "0") }
            guard sigma.allSatisfy({ $0 > 0 }), !arguments.has("points_channel_field") else {
                throw arguments.wrong("sigma", "a number above 0")
            }
        }

        func apply(to fields: inout ImagingCase) throws(OsteonError) {
            let volume = try fields.take(image)
            var points = try fields.extremePoints.map { (point) throws(OsteonError) in try volume.place(ofFileVoxel: point) }
            if points.isEmpty {
                guard fields.has(label) else {
                    throw OsteonError(
                        .usage,
                        """
                        This is an annotation model: it needs points on the border of what's to be outlined; give six or more \
                        voxels with \(Parameter.point) X,Y,Z.
                        """
                    )
                }
                points = try fields.volume(label).extremePoints()
            }
            let heat = try Self.heat(points, extents: volume.extents, sigma: sigma, least: least, most: most)
            fields.set(image, try Volume.stacked([try IntensityTransforms.writable(volume), volume.with(heat)], limits: fields.limits))
        }

        /// [1, extents…]: ones at the points, filtered along each axis with MONAI's `GaussianFilter` (the normal density
        /// integrated over each voxel, cut at four deviations), then stretched to the range.
        static func heat(_ points: [[Int]], extents: [Int], sigma: [Double], least: Float, most: Float) throws(OsteonError) -> Tensor {
            let tensor = try Tensor(zeros: .f32, [1] + extents)
            var values = tensor.mutableElements(Float.self)
            // The points' sum of separable kernels: few points make this cheaper than filtering the volume.
            let kernels = extents.indices.map { kernel(sigma: sigma.count == 1 ? sigma[0] : sigma[min($0, sigma.count - 1)]) }
            for point in Set(points) {
                guard point.count == extents.count, zip(point, extents).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
                    throw OsteonError(.usage, "The point \(point) isn't inside the image of \(extents).")
                }
                add(point, extents, kernels, to: &values)
            }
            var (low, high) = values.isEmpty ? (Float(0), Float(0)) : (values[0], values[0])
            for i in values.indices { (low, high) = (min(low, values[i]), max(high, values[i])) }
            for i in values.indices { values[i] = high > low ? (values[i] - low) / (high - low) * (most - least) + least : least }
            return tensor
        }

        private static func add(_ point: [Int], _ extents: [Int], _ kernels: [[Float]], to values: inout MutableSpan<Float>) {
            let point = [Int](repeating: 0, count: 3 - point.count) + point
            let lead = 3 - extents.count
            let extents = [Int](repeating: 1, count: lead) + extents
            let kernels = [[Float]](repeating: [1], count: lead) + kernels
            let radius = kernels.map { $0.count / 2 }
            for x in max(0, point[0] - radius[0])...min(extents[0] - 1, point[0] + radius[0]) {
                for y in max(0, point[1] - radius[1])...min(extents[1] - 1, point[1] + radius[1]) {
                    let weight = kernels[0][x - point[0] + radius[0]] * kernels[1][y - point[1] + radius[1]]
                    for z in max(0, point[2] - radius[2])...min(extents[2] - 1, point[2] + radius[2]) {
                        values[(x * extents[1] + y) * extents[2] + z] += weight * kernels[2][z - point[2] + radius[2]]
                    }
                }
            }
        }

        /// The normal density integrated over voxels −tail … tail.
        static func kernel(sigma: Double) -> [Float] {
            let tail = Checked.clamped(max(sigma * 4, 0.5) + 0.5, to: 0...1 << 20, .down)
            let scale = 0.70710678 / sigma
            return (-tail...tail).map { place in
                let x = Double(place)
                let above = erf(scale * (x + 0.5))
                let below = erf(scale * (x - 0.5))
                return Float(max(0, 0.5 * (above - below)))
            }
        }
    }
}

extension Volume {
    /// Where a voxel of the file lies on this grid, rounded down to a voxel and held inside (as Clara's client does).
    func place(ofFileVoxel voxel: [Int]) throws(OsteonError) -> [Int] {
        let origin = source?.affine ?? .identity
        let extents = source?.extents ?? self.extents
        guard voxel.count == spatialRank, zip(voxel, extents).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
            throw OsteonError(
                .usage,
                """
                The point \(voxel.map(String.init).joined(separator: ",")) isn't inside the image of \
                \(extents.map(String.init).joined(separator: "×")) voxels.
                """
            )
        }
        let padded = voxel.map(Double.init) + [Double](repeating: 0, count: 3 - voxel.count)
        let place = try affine.inverted().world(origin.world([padded[0], padded[1], padded[2]]))
        return (0..<spatialRank).map { Checked.clamped(place[$0] + 1e-6, to: 0...self.extents[$0] - 1, .down) }
    }

    /// For each axis the first voxel above 0 with the least and with the largest index.
    func extremePoints() throws(OsteonError) -> [[Int]] {
        guard let box = try boundingBox(above: 0) else {
            throw OsteonError(.invalidGraph, "The label is empty, so it has no extreme points.")
        }
        let values = try tensor.converted(to: .f32)
        let elements = values.elements(Float.self)
        let extents = extents
        var result: [[Int]] = []
        for axis in 0..<spatialRank {
            for place in [box.start[axis], box.end[axis] - 1] {
                let found = (0..<voxelCount).first { index in
                    guard elements[index] > 0 else { return false }
                    return Self.places(index, extents)[axis] == place
                }
                if let found { result.append(Self.places(found, extents)) }
            }
        }
        return result
    }

    private static func places(_ index: Int, _ extents: [Int]) -> [Int] {
        var rest = index
        var result = extents
        for axis in stride(from: extents.count - 1, through: 0, by: -1) {
            result[axis] = rest % extents[axis]
            rest /= extents[axis]
        }
        return result
    }
}
