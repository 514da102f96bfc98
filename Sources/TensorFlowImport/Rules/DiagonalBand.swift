import Bytes
import Tensors

/// The diagonals `lower ... upper` of a matrix as TensorFlow stores them: a row each, the highest first, at one end of rows
/// as long as the longest.
struct DiagonalBand {
    /// At which end diagonals above (and on) the main one, and those below (and on) it, lie.
    struct Alignment {
        var isUpperLeft = true, isLowerLeft = true

        /// - Parameter name: "RIGHT_LEFT" has the upper ones right and the lower ones left.
        init(_ name: String) throws(OsteonError) {
            switch name {
            case "LEFT_LEFT": break
            case "RIGHT_LEFT": isUpperLeft = false
            case "LEFT_RIGHT": isLowerLeft = false
            case "RIGHT_RIGHT": (isUpperLeft, isLowerLeft) = (false, false)
            default: throw OsteonError(.malformed, "align is \(name).")
            }
        }
    }

    let rows: Int, columns: Int, lower: Int, upper: Int, alignment: Alignment

    init(rows: Int, columns: Int, _ band: ClosedRange<Int>, _ alignment: Alignment) throws(OsteonError) {
        (self.rows, self.columns, lower, upper, self.alignment) = (rows, columns, band.lowerBound, band.upperBound, alignment)
        // Only an empty matrix has no diagonals; the main one is always named so.
        let isBand = (lower > -rows || lower == 0) && (upper < columns || upper == 0)
        guard isBand, rows >= 0, columns >= 0, rows < 1 << 24, columns < 1 << 24 else {
            throw OsteonError(.malformed, "Diagonals \(lower) to \(upper) of a matrix of \(rows) × \(columns).")
        }
    }

    var count: Int { upper - lower + 1 }
    /// The places of a stored row.
    var width: Int { max(0, min(rows + min(upper, 0), columns - max(lower, 0))) }

    private func length(_ diagonal: Int) -> Int { max(0, min(rows + min(diagonal, 0), columns - max(diagonal, 0))) }

    private func offset(_ diagonal: Int) -> Int {
        let isLeft = (diagonal >= 0 && alignment.isUpperLeft) || (diagonal <= 0 && alignment.isLowerLeft)
        return isLeft ? 0 : width - length(diagonal)
    }

    /// For each place of the matrix, row-major, where it's stored; nil outside the band.
    func storedPlaces() throws(OsteonError) -> [Int?] {
        var result: [Int?] = []
        try result.reserveBudgeted(Checked.multiply(rows, columns))
        for row in 0..<rows {
            for column in 0..<columns {
                let diagonal = column - row
                let isInside = diagonal >= lower && diagonal <= upper
                result.append(isInside ? (upper - diagonal) * width + (diagonal >= 0 ? row : column) + offset(diagonal) : nil)
            }
        }
        return result
    }

    /// For each stored place, row by row, where it is in the matrix; nil for what's there to fill a row.
    func matrixPlaces() throws(OsteonError) -> [Int?] {
        var result: [Int?] = []
        try result.reserveBudgeted(Checked.multiply(count, width))
        for diagonal in stride(from: upper, through: lower, by: -1) {
            for place in 0..<width {
                let step = place - offset(diagonal)
                let isInside = step >= 0 && step < length(diagonal)
                result.append(isInside ? (step + max(-diagonal, 0)) * columns + step + max(diagonal, 0) : nil)
            }
        }
        return result
    }
}
