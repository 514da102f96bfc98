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
        /// Which slice, counted from the patient's left, posterior or inferior end.
        package var index: Int
        package var width: Int
        package var height: Int
        package var pixels: [UInt8]

        package func png() throws(OsteonError) -> [UInt8] { try PNG.encoded(pixels, width: width, height: height, channels: 3) }
    }

    private let grid: VolumeGrid
    /// One channel of `f32`.
    private let scan: Tensor
    /// On the same grid: `u8`.
    private let labels: Tensor
    private let channels: Int
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
        grid = image.grid
        scan = try first.tensor.converted(to: .f32)
        channels = mask.channels
        labels = try mask.tensor.converted(to: .u8)
        range = Self.range(scan)
    }

    private static func range(_ tensor: Tensor) -> (low: Float, high: Float) {
        let values = tensor.elements(Float.self)
        // A sample says where the percentiles are.
        let step = max(1, values.count / 100_000)
        let sample = stride(from: 0, to: values.count, by: step).map { values[$0] }.filter(\.isFinite).sorted()
        guard let first = sample.first else { return (0, 1) }
        let low = sample[sample.count / 100]
        let high = sample[sample.count * 99 / 100]
        return high > low ? (low, high) : (first, first + 1)
    }

    /// The slices that show the most of the mask: axial, coronal and sagittal; the middle ones where it's empty.
    package func slices() throws(OsteonError) -> [Slice] {
        let scale = SliceScale.enlarged(least: 256, most: 1024)
        if grid.extents.count == 2 { return [draw("image", 0, SliceView(flat: grid, scale))] }
        let axes = try SliceGrid(grid)
        let (channels, count, labels) = (channels, scan.count, labels)
        let slices = axes.busiest([
            { place in
                let marks = labels.elements(UInt8.self)
                return (0..<channels).count { marks[$0 * count + place] != 0 }
            }
        ])
        return SlicePlane.all.map { draw($0.name, slices[$0.along], axes.view($0, slice: slices[$0.along], scale)) }
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

    private func draw(_ name: String, _ index: Int, _ view: SliceView) -> Slice {
        let values = scan.elements(Float.self)
        let marks = labels.elements(UInt8.self)
        let pixels = view.drawn { (_, _, place) -> SIMD3<Float> in
            let level = (values[place] - range.low) / (range.high - range.low)
            let grey = SIMD3(repeating: 255 * max(0, min(1, level.isNaN ? 0 : level)))
            guard let label = label(marks, place) else { return grey }
            return grey * (1 - opacity) + SliceColor.vector(label - 1) * opacity
        }
        return Slice(name: name, index: index, width: view.width, height: view.height, pixels: pixels)
    }

    /// A voxel's label, from 1; of several regions the last one that has it.
    private func label(_ marks: Span<UInt8>, _ place: Int) -> Int? {
        if channels == 1 { return marks[place] == 0 ? nil : Int(marks[place]) }
        return (0..<channels).last { marks[$0 * scan.count + place] != 0 }.map { $0 + 1 }
    }
}
