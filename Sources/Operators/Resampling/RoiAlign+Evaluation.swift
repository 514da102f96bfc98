import Bytes
import GraphIR
import Tensors

extension RoiAlign {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let x = try context.input(0)
        let y = try context.makeOutput(0, x.elementType, try outputShape(context))
        let images = try context.input(2).integers()
        for image in images where image < 0 || image >= x.shape[0] {
            throw invalidGraph("Region of image \(image), but there are \(x.shape[0]).")
        }
        guard y.count > 0 else { return }
        guard x.count > 0 else { throw invalidGraph("There's nothing in \(x.type) to pool.") }
        let regions = try context.input(1).doubles()
        try dispatchFloat(x.elementType, Body(x: x, y: y, regions: regions, images: images, op: self))
    }

    /// One bilinear sample: four elements of a plane and their weights.
    private struct Sample {
        var offsets = (0, 0, 0, 0)
        var weights = (0.0, 0.0, 0.0, 0.0)

        /// All weights are 0 where the place lies more than one place outside.
        init(_ y: Double, _ x: Double, height: Int, width: Int) {
            guard y >= -1, y <= Double(height), x >= -1, x <= Double(width) else { return }
            let (top, bottom, v) = Self.neighbours(y, height)
            let (left, right, u) = Self.neighbours(x, width)
            offsets = (top * width + left, top * width + right, bottom * width + left, bottom * width + right)
            weights = ((1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u)
        }

        private static func neighbours(_ place: Double, _ extent: Int) -> (Int, Int, Double) {
            let inside = max(place, 0)
            let low = Int(inside)
            return low >= extent - 1 ? (extent - 1, extent - 1, 0) : (low, low + 1, inside - Double(low))
        }
    }

    private struct Body: FloatBody {
        let x: Tensor, y: Tensor, regions: [Double], images: [Int], op: RoiAlign

        func run<T: FloatElement>(_ type: T.Type) throws(OsteonError) {
            let source = x.elements(T.self)
            var result = y.mutableElements(T.self)
            let channels = x.shape[1]
            let height = x.shape[2]
            let width = x.shape[3]
            let places = op.outputHeight * op.outputWidth
            for (region, image) in images.enumerated() {
                let samples = try samples(Array(regions[region * 4..<region * 4 + 4]), height: height, width: width)
                let perPlace = samples.count / places
                for c in 0..<channels {
                    let plane = (image * channels + c) * height * width
                    for place in 0..<places {
                        var sum = 0.0
                        var best = -Double.infinity
                        for sample in samples[place * perPlace..<(place + 1) * perPlace] {
                            let (o, w) = (sample.offsets, sample.weights)
                            let a = w.0 * Double(source[plane + o.0])
                            let b = w.1 * Double(source[plane + o.1])
                            let c = w.2 * Double(source[plane + o.2])
                            let d = w.3 * Double(source[plane + o.3])
                            sum += a + b + c + d
                            best = max(best, a, b, c, d)
                        }
                        let value = op.mode == .average ? sum / Double(max(perPlace, 1)) : perPlace == 0 ? 0 : best
                        result[(region * channels + c) * places + place] = T(value)
                    }
                }
            }
        }

        /// The samples of every output place of a region, place by place.
        private func samples(_ region: [Double], height: Int, width: Int) throws(OsteonError) -> [Sample] {
            let offset = op.coordinateTransformation == .halfPixel ? 0.5 : 0
            let box = region.map { $0 * op.spatialScale - offset }
            var roiWidth = box[2] - box[0]
            var roiHeight = box[3] - box[1]
            if op.coordinateTransformation == .outputHalfPixel {
                (roiWidth, roiHeight) = (max(roiWidth, 1), max(roiHeight, 1))
            }
            let stepY = roiHeight / Double(op.outputHeight)
            let stepX = roiWidth / Double(op.outputWidth)
            let gridY = try count(stepY)
            let gridX = try count(stepX)
            let total = try Checked.product([gridY, gridX, op.outputHeight, op.outputWidth])
            try require(
                total <= 1 << 26, .limitExceeded, "A region of \(roiHeight) × \(roiWidth) places takes too many samples.")
            var result: [Sample] = []
            try result.reserveBudgeted(total)
            for ph in 0..<op.outputHeight {
                for pw in 0..<op.outputWidth {
                    for iy in 0..<gridY {
                        let y = box[1] + (Double(ph) + (Double(iy) + 0.5) / Double(gridY)) * stepY
                        for ix in 0..<gridX {
                            let x = box[0] + (Double(pw) + (Double(ix) + 0.5) / Double(gridX)) * stepX
                            result.append(Sample(y, x, height: height, width: width))
                        }
                    }
                }
            }
            return result
        }

        private func count(_ step: Double) throws(OsteonError) -> Int {
            if op.samplingRatio > 0 { return op.samplingRatio }
            return max(try Checked.int(step.rounded(.up)), 0)
        }
    }
}
