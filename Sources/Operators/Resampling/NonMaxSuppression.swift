import Bytes
import GraphIR
import Tensors

/// Of overlapping boxes only those with the highest scores (ONNX `NonMaxSuppression`).
///
/// `boxes` are images × boxes × 4 (y1, x1, y2, x2, or the centre's x, y, width and height with `centerPointBox` 1),
/// `scores` images × classes × boxes. The result has a row of image, class and box for each box selected.
package struct NonMaxSuppression: Operator {
    package var centerPointBox = 0

    package init() {}
    package init(centerPointBox: Int) { self.centerPointBox = centerPointBox }

    package static var signature: Signature {
        Signature([
            .required("boxes"), .required("scores"), .optional("max_output_boxes_per_class"), .optional("iou_threshold"),
            .optional("score_threshold"),
        ])
    }

    package var traits: OperatorTraits { .valuesDecideExtents }

    package mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(OsteonError) {
        try visitor.visit("center_point_box", &centerPointBox)
    }

    package func exampleArgument(_ index: Int, count: Int, data: [Int]?) -> [Int]? {
        index == 2 ? [Int](repeating: 1, count: count) : nil
    }

    package func inferTypes(_ context: InferenceContext) throws(OsteonError) -> [TensorType] {
        let boxes = try context.floatInput(0)
        let scores = try context.floatInput(1)
        guard boxes.rank ?? 3 == 3, scores.rank ?? 3 == 3 else {
            throw invalidGraph("Boxes and scores must be of rank 3, not \(boxes) and \(scores).")
        }
        if let a = boxes.shape, let b = scores.shape {
            _ = try Dimension.unified(a[0], b[0])
            _ = try Dimension.unified(a[1], b[2])
            _ = try Dimension.unified(a[2], 4)
        }
        return [TensorType(.i64, [.unknown, 3])]
    }
}
