import Bytes

/// How a network of fixed window is applied to an image of any size.
package struct SlidingWindow: Sendable, Hashable {
    /// How windows are weighed where they overlap.
    package enum Blend: String, Sendable, CaseIterable {
        /// All places alike.
        case constant
        /// A Gaussian around the window's centre: its deviation is an eighth of the extent.
        case gaussian
    }

    /// Where windows stand, and the exact form of the Gaussian.
    package enum Stepping: String, Sendable, CaseIterable {
        /// MONAI's `sliding_window_inference`: steps of ⌊extent · (1 − overlap)⌋, the last window moved inside.
        case monai
        /// nnU-Net's: windows spread evenly, none further apart than extent · (1 − overlap).
        case nnunet
    }

    /// The window's extents; 0 and less take the image's own.
    package var region: [Int]
    /// The share of a window that the next one covers again, from 0 to below 1.
    package var overlap: Double
    package var blend: Blend
    package var stepping: Stepping
    /// What surrounds an image smaller than the window.
    package var padding: Padding
    /// Windows given to the network at once.
    package var batch: Int

    package init(
        region: [Int], overlap: Double = 0.25, blend: Blend = .constant, stepping: Stepping = .monai, padding: Padding = .constant(0),
        batch: Int = 1
    ) throws(OsteonError) {
        guard overlap.isFinite, (0..<1).contains(overlap) else {
            throw OsteonError(.usage, "An overlap of \(overlap); it's a share from 0 to below 1.")
        }
        guard (1...3).contains(region.count), region.allSatisfy({ $0 <= 1 << 20 }) else {
            throw OsteonError(.usage, "A window of \(region).")
        }
        guard (1...1024).contains(batch) else { throw OsteonError(.usage, "A batch of \(batch) windows.") }
        self.region = region
        self.overlap = overlap
        self.blend = blend
        self.stepping = stepping
        self.padding = padding
        self.batch = batch
    }

    /// The window on an image of these extents.
    package func extents(on image: [Int]) -> [Int] { zip(region, image).map { $0 > 0 ? $0 : $1 } }

    /// The first places of the windows along one axis of an image at least as long as the window.
    func starts(image: Int, window: Int) -> [Int] {
        switch stepping {
        case .monai:
            let step = window == image ? window : Checked.clamped(Double(window) * (1 - overlap), to: 1...max(1, window), .down)
            var result: [Int] = []
            for place in stride(from: 0, to: image, by: step) {
                result.append(min(place, image - window))
                if place + window >= image { break }
            }
            return result
        case .nnunet:
            // Steps of less than a voxel would only repeat windows.
            let step = max(1, Double(window) * (1 - overlap))
            let count = Int((Double(image - window) / step).rounded(.up)) + 1
            guard count > 1 else { return [0] }
            let stride = Double(image - window) / Double(count - 1)
            return (0..<count).map { Int((stride * Double($0)).rounded(.toNearestOrEven)) }
        }
    }

    /// Windows on an image of these extents.
    package func count(on image: [Int]) -> Int {
        zip(extents(on: image), image).map { starts(image: max($0, $1), window: $0).count }.reduce(1, *)
    }
}
