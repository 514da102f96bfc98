import Bytes
import Glibc
import Tensors

/// Slices of a scan with its mask drawn over them in colours.
///
/// Drawn as radiologists look: the patient's right on the left, anterior or superior up; voxels in their true proportions.
package struct Overlay: Sendable {
    /// One picture, RGB, row by row.
    package struct Slice: Sendable {
        /// `axial`, `coronal` or `sagittal`; `image` for flat ones.
        package var name: String
        /// Which slice of the scan brought into RAS.
        package var index: Int
        package var width: Int
        package var height: Int
        package var pixels: [UInt8]

        package func png() throws(OsteonError) -> [UInt8] { try PNG.encoded(pixels, width: width, height: height, channels: 3) }
    }

    /// Colours of labels from 1 on, again from the first after the last (Okabe and Ito's, distinguishable for the colour-blind).
    package static let colors: [[UInt8]] = [
        [213, 94, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [204, 121, 167], [230, 159, 0], [0, 114, 178],
    ]

    private let image: Volume
    private let mask: Volume
    private let range: (low: Float, high: Float)
    /// The share of the colour where the mask is.
    package var opacity: Float = 0.45

    /// - Parameters:
    ///   - image: the scan; its first channel is shown, from its first to its 99th percentile.
    ///   - mask: on the same grid; labels, or a channel for each region.
    package init(image: Volume, mask: Volume) throws(OsteonError) {
        guard image.extents == mask.extents else {
            let texts = mask.gridTexts(beside: image)
            throw OsteonError(.usage, "The mask (\(texts.own)) isn't on the scan's grid (\(texts.other)).")
        }
        let first = try image.channel(0)
        self.image = image.spatialRank == 3 ? try first.oriented(.ras) : first
        self.mask = mask.spatialRank == 3 ? try mask.oriented(.ras) : mask
        range = try Self.range(first.tensor)
    }

    private static func range(_ tensor: Tensor) throws(OsteonError) -> (low: Float, high: Float) {
        let source = try tensor.converted(to: .f32)
        let values = source.unsafeElements(Float.self)
        // A sample says where the percentiles are.
        let step = max(1, values.count / 100_000)
        let sample = stride(from: 0, to: values.count, by: step).map { values[$0] }.filter(\.isFinite).sorted()
        withExtendedLifetime(source) {}
        guard let first = sample.first else { return (0, 1) }
        let low = sample[sample.count / 100]
        let high = sample[sample.count * 99 / 100]
        return high > low ? (low, high) : (first, first + 1)
    }

    /// The slices that show the most of the mask: axial, coronal and sagittal; the middle ones where it's empty.
    package func slices() throws(OsteonError) -> [Slice] {
        if image.spatialRank == 2 { return [try draw("image", axes: (1, 0), mirrored: (false, false), fixed: nil)] }
        let counts = try labelCounts()
        return [
            try draw("axial", axes: (0, 1), mirrored: (true, true), fixed: (2, Self.best(counts[2]))),
            try draw("coronal", axes: (0, 2), mirrored: (true, true), fixed: (1, Self.best(counts[1]))),
            try draw("sagittal", axes: (1, 2), mirrored: (true, true), fixed: (0, Self.best(counts[0]))),
        ]
    }

    /// All slices beside one another, on black.
    package func sheet() throws(OsteonError) -> Slice {
        let slices = try slices()
        let gap = slices.count > 1 ? 8 : 0
        let height = slices.map(\.height).max() ?? 1
        let width = slices.reduce(-gap) { $0 + $1.width + gap }
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        var left = 0
        for slice in slices {
            let top = (height - slice.height) / 2
            for row in 0..<slice.height {
                let from = row * slice.width * 3
                let to = ((top + row) * width + left) * 3
                pixels.replaceSubrange(to..<to + slice.width * 3, with: slice.pixels[from..<from + slice.width * 3])
            }
            left += slice.width + gap
        }
        return Slice(name: "sheet", index: 0, width: width, height: height, pixels: pixels)
    }

    /// Voxels of the mask in each slice along each axis.
    private func labelCounts() throws(OsteonError) -> [[Int]] {
        let extents = mask.extents
        let source = try mask.tensor.converted(to: .u8)
        let values = source.unsafeElements(UInt8.self)
        var counts = extents.map { [Int](repeating: 0, count: $0) }
        for channel in 0..<mask.channels {
            var index = channel * mask.voxelCount
            for x in 0..<extents[0] {
                for y in 0..<extents[1] {
                    for z in 0..<extents[2] {
                        if values[index] != 0 {
                            counts[0][x] += 1
                            counts[1][y] += 1
                            counts[2][z] += 1
                        }
                        index += 1
                    }
                }
            }
        }
        withExtendedLifetime(source) {}
        return counts
    }

    private static func best(_ counts: [Int]) -> Int {
        guard let most = counts.max(), most > 0 else { return counts.count / 2 }
        return counts.firstIndex(of: most) ?? counts.count / 2
    }

    /// One picture: `axes` are the ones shown across and down.
    private func draw(_ name: String, axes: (Int, Int), mirrored: (Bool, Bool), fixed: (axis: Int, place: Int)?) throws(OsteonError)
        -> Slice
    {
        let extents = image.extents
        let spacing = image.spacing
        let smallest = min(spacing[axes.0], spacing[axes.1])
        // True proportions, and at least 256 pixels across; no more than 1024.
        let least = Double(max(extents[axes.0], extents[axes.1]))
        let zoom = max(1, min(4, (256 / least).rounded(.up)))
        func pixels(_ axis: Int) -> Int { Checked.clamped(Double(extents[axis]) * spacing[axis] / smallest * zoom, to: 1...1024) }
        let (width, height) = (pixels(axes.0), pixels(axes.1))
        var strides = [Int](repeating: 1, count: extents.count)
        for axis in stride(from: extents.count - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * extents[axis + 1] }
        let start = fixed.map { $0.place * strides[$0.axis] } ?? 0
        let scan = try image.tensor.converted(to: .f32)
        let labels = try mask.tensor.converted(to: .u8)
        let values = scan.unsafeElements(Float.self)
        let marks = labels.unsafeElements(UInt8.self)
        var result = [UInt8](repeating: 0, count: width * height * 3)
        for row in 0..<height {
            let v = row * extents[axes.1] / height
            let down = mirrored.1 ? extents[axes.1] - 1 - v : v
            for column in 0..<width {
                let u = column * extents[axes.0] / width
                let across = mirrored.0 ? extents[axes.0] - 1 - u : u
                let index = start + across * strides[axes.0] + down * strides[axes.1]
                let level = (values[index] - range.low) / (range.high - range.low)
                let grey = 255 * max(0, min(1, level.isNaN ? 0 : level))
                let color = label(marks, index).map { Self.colors[($0 - 1) % Self.colors.count] }
                for part in 0..<3 {
                    let mixed = color.map { grey * (1 - opacity) + Float($0[part]) * opacity } ?? grey
                    result[(row * width + column) * 3 + part] = UInt8(Checked.clamped(mixed, to: 0...255))
                }
            }
        }
        withExtendedLifetime((scan, labels)) {}
        return Slice(name: name, index: fixed?.place ?? 0, width: width, height: height, pixels: result)
    }

    /// A voxel's label, from 1; of several regions the last one that has it.
    private func label(_ marks: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int? {
        if mask.channels == 1 { return marks[index] == 0 ? nil : Int(marks[index]) }
        return (0..<mask.channels).last { marks[$0 * mask.voxelCount + index] != 0 }.map { $0 + 1 }
    }
}
