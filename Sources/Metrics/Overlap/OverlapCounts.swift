import Bytes
import Tensors

/// How many voxels a prediction and a reference agree on, for one structure.
package struct OverlapCounts: Sendable, Hashable {
    /// In both.
    package var truePositives: Int
    /// In the prediction alone.
    package var falsePositives: Int
    /// In the reference alone.
    package var falseNegatives: Int
    /// In neither.
    package var trueNegatives: Int

    /// Voxels of the structure in the prediction, and in the reference.
    package var predicted: Int { truePositives + falsePositives }
    package var referenced: Int { truePositives + falseNegatives }

    package init(truePositives: Int, falsePositives: Int, falseNegatives: Int, trueNegatives: Int) {
        self.truePositives = truePositives
        self.falsePositives = falsePositives
        self.falseNegatives = falseNegatives
        self.trueNegatives = trueNegatives
    }

    /// - Throws: `.invalidGraph` where the shapes differ.
    package init(prediction: Mask, reference: Mask) throws(OsteonError) {
        guard prediction.shape == reference.shape else { throw Self.different(prediction.shape, reference.shape) }
        self = Self.count(prediction.voxels, reference.voxels, structures: 1)[0]
    }

    /// Of the voxels that aren't `ignored`: those are in none of the four counts, as nnU-Net leaves them out.
    /// - Throws: `.invalidGraph` where the shapes differ.
    package init(prediction: Mask, reference: Mask, ignored: Mask?) throws(OsteonError) {
        guard let ignored else {
            try self.init(prediction: prediction, reference: reference)
            return
        }
        try self.init(prediction: prediction.removing(ignored), reference: reference.removing(ignored))
        trueNegatives -= ignored.count
    }

    /// The counts of each of `labels` in two label volumes of one shape (extents of 1 aside), in one pass.
    /// - Throws: `.invalidGraph` where the shapes differ, `.malformed` for floats that aren't whole numbers, `.usage` for
    ///   labels that can't be distinguished.
    package static func count(prediction: Tensor, reference: Tensor, labels: [Int]) throws(OsteonError) -> [OverlapCounts] {
        guard prediction.shape.filter({ $0 != 1 }) == reference.shape.filter({ $0 != 1 }) else {
            throw different(prediction.shape, reference.shape)
        }
        return count(
            try LabelCodes.codes(prediction, labels: labels), try LabelCodes.codes(reference, labels: labels), structures: labels.count)
    }

    private static func count(_ prediction: [UInt8], _ reference: [UInt8], structures: Int) -> [OverlapCounts] {
        let codes = structures + 1
        var pairs = [Int](repeating: 0, count: codes * codes)
        for i in 0..<min(prediction.count, reference.count) { pairs[Int(prediction[i]) * codes + Int(reference[i])] += 1 }
        return (1..<codes).map { code in
            let both = pairs[code * codes + code]
            let predicted = (0..<codes).reduce(0) { $0 + pairs[code * codes + $1] }
            let referenced = (0..<codes).reduce(0) { $0 + pairs[$1 * codes + code] }
            return OverlapCounts(
                truePositives: both, falsePositives: predicted - both, falseNegatives: referenced - both,
                trueNegatives: prediction.count - predicted - referenced + both)
        }
    }

    static func different(_ a: [Int], _ b: [Int]) -> OsteonError {
        OsteonError(.invalidGraph, "A prediction of shape \(a) and a reference of shape \(b) can't be laid over one another.")
    }
}
