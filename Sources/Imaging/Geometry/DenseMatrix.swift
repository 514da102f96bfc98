import Bytes

/// A small matrix with the arithmetic of NumPy (through OpenBLAS and LAPACK) and PyTorch, operation by operation.
///
/// Where a grid in space meets another one just between two voxels, the last bit of its affine decides which voxel is taken; so
/// each function says whose order of operations it keeps. Held to NumPy 2 and PyTorch 2 on x86-64 by `tools/check imaging`.
package struct DenseMatrix: Sendable, Hashable {
    package let rows: Int
    package let columns: Int
    /// Row by row.
    private var elements: [Double]

    init(zeros rows: Int, _ columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        elements = [Double](repeating: 0, count: rows * columns)
    }

    init(identity size: Int) {
        self.init(zeros: size, size)
        for place in 0..<size { self[place, place] = 1 }
    }

    init(diagonal values: [Double]) {
        self.init(zeros: values.count, values.count)
        for (place, value) in values.enumerated() { self[place, place] = value }
    }

    /// The affine of the first `rank` axes as a homogeneous matrix.
    init(_ affine: Affine, rank: Int) {
        self.init(identity: rank + 1)
        for row in 0..<rank {
            for column in 0..<rank { self[row, column] = affine.columns[column][row] }
            self[row, rank] = affine.origin[row]
        }
    }

    subscript(row: Int, column: Int) -> Double {
        get { elements[row * columns + column] }
        set { elements[row * columns + column] = newValue }
    }

    /// The upper left part.
    func leading(_ size: Int) -> DenseMatrix {
        var result = DenseMatrix(zeros: size, size)
        for row in 0..<size { for column in 0..<size { result[row, column] = self[row, column] } }
        return result
    }

    func transposed() -> DenseMatrix {
        var result = DenseMatrix(zeros: columns, rows)
        for row in 0..<rows { for column in 0..<columns { result[column, row] = self[row, column] } }
        return result
    }

    /// The product, each element summed from the first term on.
    /// - Parameter isFused: with fused multiplications and additions, as NumPy's `@`; without, as PyTorch's of small matrices.
    func times(_ other: DenseMatrix, isFused: Bool) -> DenseMatrix {
        var result = DenseMatrix(zeros: rows, other.columns)
        for row in 0..<rows {
            for column in 0..<other.columns {
                var sum = 0.0
                for k in 0..<columns {
                    if isFused { sum.addProduct(self[row, k], other[k, column]) } else { sum += self[row, k] * other[k, column] }
                }
                result[row, column] = sum
            }
        }
        return result
    }

    /// NumPy's product of a matrix of two or three columns and a vector: the second column first.
    func times(_ vector: [Double]) -> [Double] {
        (0..<rows).map { row in
            var sum = self[row, 1] * vector[1]
            sum.addProduct(self[row, 0], vector[0])
            if columns > 2 { sum.addProduct(self[row, 2], vector[2]) }
            return sum
        }
    }

    /// The lower triangle whose product with its transpose is this matrix (NumPy's `cholesky`).
    /// - Throws: `.malformed` where there's none.
    func choleskyFactor() throws(OsteonError) -> DenseMatrix {
        var result = DenseMatrix(zeros: rows, rows)
        for column in 0..<rows {
            var sum = 0.0
            for k in 0..<column { sum += result[column, k] * result[column, k] }
            let pivot = (self[column, column] - sum).squareRoot()
            guard pivot.isFinite, pivot > 0 else { throw Self.singular }
            result[column, column] = pivot
            for row in column + 1..<max(column + 1, rows) {
                var sum = 0.0
                for k in 0..<column { sum += result[row, k] * result[column, k] }
                result[row, column] = (self[row, column] - sum) * (1 / pivot)
            }
        }
        return result
    }

    /// The matrix that gives `right` when multiplied by this one from the left (NumPy's `solve`, LAPACK's `gesv`).
    /// - Throws: `.malformed` where this matrix is singular.
    func solving(_ right: DenseMatrix) throws(OsteonError) -> DenseMatrix {
        let (factors, order) = try factorized()
        var result = DenseMatrix(zeros: rows, right.columns)
        for (row, from) in order.enumerated() { for column in 0..<right.columns { result[row, column] = right[from, column] } }
        for column in 0..<right.columns {
            for k in 0..<rows {
                for row in k + 1..<max(k + 1, rows) { result[row, column] -= factors[row, k] * result[k, column] }
            }
            for k in (0..<rows).reversed() {
                result[k, column] *= 1 / factors[k, k]
                for row in 0..<k { result[row, column] -= factors[row, k] * result[k, column] }
            }
        }
        return result
    }

    func inverted() throws(OsteonError) -> DenseMatrix { try solving(DenseMatrix(identity: rows)) }

    /// Lower and upper triangle in one, and which row each row was: column by column, with partial pivoting (OpenBLAS' `getf2`).
    private func factorized() throws(OsteonError) -> (factors: DenseMatrix, order: [Int]) {
        var a = self
        var order = Array(0..<rows)
        for column in 0..<rows {
            for row in 1..<max(1, rows) {
                var sum = 0.0
                for k in 0..<min(row, column) { sum += a[row, k] * a[k, column] }
                a[row, column] -= sum
            }
            var pivot = column
            for row in column..<rows where abs(a[row, column]) > abs(a[pivot, column]) { pivot = row }
            if pivot != column {
                order.swapAt(pivot, column)
                for k in 0..<rows { (a[pivot, k], a[column, k]) = (a[column, k], a[pivot, k]) }
            }
            guard a[column, column].isFinite, a[column, column] != 0 else { throw Self.singular }
            for row in column + 1..<max(column + 1, rows) { a[row, column] *= 1 / a[column, column] }
        }
        return (a, order)
    }

    private static var singular: OsteonError { OsteonError(.malformed, "The image's affine is singular: its axes don't span space.") }
}
