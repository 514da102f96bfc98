import GraphIR
import Operators

extension Permutation {
    /// What `op` does to a value of this rank; nil where that isn't known.
    init?(_ op: Transpose, rank: Int?) {
        if op.permutation.isEmpty {
            guard let rank else { return nil }
            self.init(Array((0..<rank).reversed()))
        } else {
            guard op.permutation.sorted() == Array(0..<op.permutation.count) else { return nil }
            self.init(op.permutation)
        }
    }
}
