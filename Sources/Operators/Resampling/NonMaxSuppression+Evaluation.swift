import Bytes
import GraphIR
import Tensors

extension NonMaxSuppression {
    package func evaluate(_ context: EvaluationContext) throws(OsteonError) {
        let boxes = try context.input(0)
        let scores = try context.input(1)
        _ = try inferTypes(InferenceContext(inputs: [boxes.type, scores.type]))
        let limit = try context.integers(2)?.first ?? 0
        let overlap = try context.optionalInput(3)?.doubles().first ?? 0
        let threshold = try context.optionalInput(4)?.doubles().first
        let corners = try boxes.doubles()
        let values = try scores.doubles()
        let images = boxes.shape[0]
        let count = boxes.shape[1]
        let classes = scores.shape[1]
        var selected: [Int64] = []
        for image in 0..<(count == 0 ? 0 : images) {
            let all = (0..<count).map { Box(corners[((image * count + $0) * 4)...], isCentered: centerPointBox == 1) }
            for label in 0..<classes {
                let first = (image * classes + label) * count
                var candidates = (0..<count).filter { box in threshold.map { values[first + box] > $0 } ?? true }
                candidates.sort { a, b in
                    let left = values[first + a]
                    let right = values[first + b]
                    return left == right ? a < b : left > right
                }
                var kept: [Int] = []
                for candidate in candidates {
                    if kept.count >= limit { break }
                    if kept.contains(where: { all[$0].overlap(all[candidate]) > overlap }) { continue }
                    kept.append(candidate)
                    selected += [Int64(image), Int64(label), Int64(candidate)]
                }
            }
        }
        let y = try context.makeOutput(0, .i64, [selected.count / 3, 3])
        var result = y.mutableElements(Int64.self)
        for (i, number) in selected.enumerated() { result[i] = number }
    }

    private struct Box {
        let top: Double, left: Double, bottom: Double, right: Double

        /// - Parameter numbers: y1, x1, y2, x2, the corners in any order, or the centre's x, y, width and height.
        init(_ numbers: ArraySlice<Double>, isCentered: Bool) {
            let n = numbers.startIndex
            let (a, b, c, d) = (numbers[n], numbers[n + 1], numbers[n + 2], numbers[n + 3])
            if isCentered {
                (top, left, bottom, right) = (b - d / 2, a - c / 2, b + d / 2, a + c / 2)
            } else {
                (top, left, bottom, right) = (min(a, c), min(b, d), max(a, c), max(b, d))
            }
        }

        var area: Double { (bottom - top) * (right - left) }

        /// The intersection over the union; 0 where one is empty.
        func overlap(_ other: Box) -> Double {
            let height = min(bottom, other.bottom) - max(top, other.top)
            let width = min(right, other.right) - max(left, other.left)
            guard height > 0, width > 0, area > 0, other.area > 0 else { return 0 }
            let common = height * width
            return common / (area + other.area - common)
        }
    }
}
