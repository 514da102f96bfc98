import Bytes
import Tensors

/// What's known of a convolution's operands, after the checks both directions share.
struct ConvolutionShapes {
    /// The rank of input and weight, batch and channels included.
    var rank: Int?
    var batch: Dimension = .unknown
    /// The input's channels, where known.
    var channels: Int?
    var spatial: [Dimension] = []
    var weight: [Dimension]?

    /// - Throws: `.invalidGraph` where the ranks differ or aren't 3 to 5, or `groups` isn't positive.
    init(_ x: TensorType, _ weight: TensorType, groups: Int) throws(OsteonError) {
        guard groups >= 1 else { throw invalidGraph("groups can't be \(groups).") }
        if let a = x.rank, let b = weight.rank, a != b {
            throw invalidGraph("An input \(x) and a weight \(weight) must have one rank.")
        }
        rank = x.rank ?? weight.rank
        guard let rank else { return }
        guard (3...5).contains(rank) else {
            throw invalidGraph("A convolution needs an input of rank 3 to 5, not \(x).")
        }
        self.weight = weight.shape
        batch = x.shape?[0] ?? .unknown
        channels = x.shape?[1].fixed
        spatial = x.shape.map { Array($0.dropFirst(2)) } ?? [Dimension](repeating: .unknown, count: rank - 2)
    }

    /// - Throws: `.invalidGraph` unless the bias, where given, is a list of as many numbers as there are channels.
    func checkBias(_ bias: TensorType?, _ produced: Dimension) throws(OsteonError) {
        guard let shape = bias?.shape else { return }
        guard shape.count == 1 else { throw invalidGraph("A bias must be a list, not of rank \(shape.count).") }
        _ = try locating("bias") { () throws(OsteonError) in try Dimension.unified(shape[0], produced) }
    }

    /// The shape of a convolution's result, N M [D] [H] W; nil where no rank is known.
    /// - Parameter groups: nil where they hang on channels that aren't known.
    /// - Throws: `.invalidGraph` where channels, groups, bias or window don't fit one another.
    func output(_ window: SpatialWindow, bias: TensorType?, groups: Int?) throws(OsteonError) -> [Dimension]? {
        guard let rank else { return nil }
        if let groups, let channels, let each = weight?[1].fixed {
            guard try Checked.multiply(each, groups) == channels else {
                throw invalidGraph("The weight has \(each) channels for \(groups) groups, the input \(channels).")
            }
        }
        let produced = weight?[0] ?? .unknown
        if let groups, let produced = produced.fixed, produced % groups != 0 {
            throw invalidGraph("\(produced) output channels can't be split into \(groups) groups.")
        }
        try checkBias(bias, produced)
        let kernel = weight.map { Array($0.dropFirst(2)) }
        let spatial = try window.outputDimensions(
            input: spatial, kernel: kernel ?? (window.kernel.isEmpty ? [Dimension](repeating: .unknown, count: rank - 2) : nil))
        return [batch, produced] + spatial
    }
}
