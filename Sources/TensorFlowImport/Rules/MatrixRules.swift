import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Diagonals and bands of matrices, which are the last two axes.
enum MatrixRules {
    static let table: [String: ImportRule] = [
        "MatrixDiag": diagonal, "MatrixDiagV2": diagonal, "MatrixDiagV3": diagonal, "BatchMatrixDiag": diagonal,
        "MatrixDiagPart": diagonalPart, "MatrixDiagPartV2": diagonalPart, "MatrixDiagPartV3": diagonalPart,
        "BatchMatrixDiagPart": diagonalPart, "MatrixSetDiag": setDiagonal, "MatrixSetDiagV2": setDiagonal,
        "MatrixSetDiagV3": setDiagonal, "BatchMatrixSetDiag": setDiagonal, "MatrixBandPart": bandPart,
        "BatchMatrixBandPart": bandPart, "Diag": tensorDiagonal, "DiagPart": tensorDiagonalPart,
        "ConjugateTranspose": { (node, builder) throws(OsteonError) in try MovementRules.transpose(node, builder) },
    ]

    // MARK: What a node says

    /// The diagonals an input names: one number, or the lowest and the highest.
    private static func band(_ node: RuleNode, _ index: Int, _ builder: GraphBuilder) throws(OsteonError) -> ClosedRange<Int> {
        guard index < node.inputs.count else { return 0...0 }
        let numbers = try builder.constantIntegers(node.inputs[index], "choice of diagonals")
        guard let low = numbers.first, let high = numbers.last, numbers.count <= 2, low <= high else {
            throw OsteonError(.malformed, "The diagonals \(numbers).")
        }
        return low...high
    }

    private static func alignment(_ node: RuleNode) throws(OsteonError) -> DiagonalBand.Alignment {
        guard node.operation.hasSuffix("V3") else { return try DiagonalBand.Alignment("LEFT_LEFT") }
        return try DiagonalBand.Alignment(node.attributes.string("align", default: "RIGHT_LEFT"))
    }

    private static func fixed(_ value: ValueID, _ axis: Int, _ builder: GraphBuilder) throws(OsteonError) -> Int {
        guard let shape = builder.graph.type(value).shape, shape.count >= -axis, let extent = shape[shape.count + axis].fixed else {
            throw OsteonError(.unsupported, "other diagonals than the main one of a matrix whose extents aren't fixed")
        }
        return extent
    }

    /// Elements of `x` (its last `axes` axes as one) at places, `filler` where there's none, as `shape` behind the other axes.
    private static func placed(
        _ x: ValueID, _ axes: Int, _ places: [Int?], _ shape: [Int], _ filler: ValueID, _ f: Formula
    ) throws(OsteonError) -> ValueID {
        var flat = x
        if axes == 2 {
            let rank = try f.rank(x)
            guard rank >= 2 else { throw OsteonError(.malformed, "A matrix of rank \(rank).") }
            flat = try f.reshaped(x, Array(repeating: 0, count: rank - 2) + [-1])
        }
        let indices = f.builder.constant(try Tensor(places.map { Int64($0 ?? 0) }, shape: shape), "places")
        let taken = try f(Gather(axis: -1), flat, indices)
        guard places.contains(where: { $0 == nil }) else { return taken }
        return try f(Where(), mask(places.map { $0 != nil }, shape, f), taken, filler)
    }

    private static func mask(_ isSet: [Bool], _ shape: [Int], _ f: Formula) throws(OsteonError) -> ValueID {
        f.builder.constant(try Tensor(isSet.map { UInt8($0 ? 1 : 0) }, shape: shape).converted(to: .bool), "is_inside")
    }

    /// True on the main diagonal of a matrix.
    private static func identity(_ rows: ValueID, _ columns: ValueID, _ f: Formula) throws(OsteonError) -> ValueID {
        try f(Equal(), f.unsqueezed(f.range(rows), [1]), f.unsqueezed(f.range(columns), [0]))
    }

    // MARK: Rules

    private static func diagonal(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let band = try band(node, 1, builder)
        let filler = try node.inputs.count > 4 ? node.input(4) : f.number(0, like: x)
        let wanted =
            try node.inputs.count > 3
            ? [2, 3].map { (index) throws(OsteonError) in
                try builder.constantInteger(node.input(index), "extent")
            } : [-1, -1]
        if band == 0...0, wanted == [-1, -1] {
            let count = try f.extent(x, -1)
            return [try f.result(f(Where(), identity(count, count, f), f.unsqueezed(x, [-1]), filler))]
        }
        let width = try fixed(x, -1, builder)
        let least = (rows: width - min(band.upperBound, 0), columns: width + max(band.lowerBound, 0))
        let square = max(least.rows, least.columns)
        let isFree = wanted == [-1, -1]
        let rows = isFree ? square : wanted[0] == -1 ? least.rows : wanted[0]
        let columns = isFree ? square : wanted[1] == -1 ? least.columns : wanted[1]
        let layout = try DiagonalBand(rows: rows, columns: columns, band, alignment(node))
        guard layout.width == width, rows == least.rows || columns == least.columns else {
            throw OsteonError(.malformed, "Diagonals of \(width) places don't fit a matrix of \(rows) × \(columns).")
        }
        if band.count > 1, try fixed(x, -2, builder) != band.count {
            throw OsteonError(.malformed, "\(band.count) diagonals are named, not \(try fixed(x, -2, builder)).")
        }
        let places = try layout.storedPlaces()
        return [try f.result(placed(x, band.count > 1 ? 2 : 1, places, [rows, columns], filler, f))]
    }

    private static func diagonalPart(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let band = try band(node, 1, builder)
        let rank = try f.rank(x)
        guard rank >= 2 else { throw OsteonError(.malformed, "A matrix of rank \(rank).") }
        if band == 0...0 {
            let flat = try f.reshaped(x, Array(repeating: 0, count: rank - 2) + [-1])
            let rows = try f.extent(x, -2)
            let columns = try f.extent(x, -1)
            let places = try f(Multiply(), f.range(f(Minimum(), rows, columns)), f(Add(), columns, f.integer(1)))
            return [try f.result(f(Gather(axis: -1), flat, places))]
        }
        let layout = try DiagonalBand(rows: fixed(x, -2, builder), columns: fixed(x, -1, builder), band, alignment(node))
        let shape = band.count > 1 ? [band.count, layout.width] : [layout.width]
        let filler = try node.inputs.count > 2 ? node.input(2) : f.number(0, like: x)
        return [try f.result(placed(x, 2, layout.matrixPlaces(), shape, filler, f))]
    }

    private static func setDiagonal(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let diagonal = try node.input(1)
        let band = try band(node, 2, builder)
        if band == 0...0 {
            let rows = try f.extent(x, -2)
            let columns = try f.extent(x, -1)
            let last = try f(Subtract(), f(Minimum(), rows, columns), f.integer(1))
            let ofRow = try f(Gather(axis: -1), diagonal, f(Minimum(), f.range(rows), last))
            return [try f.result(f(Where(), identity(rows, columns, f), f.unsqueezed(ofRow, [-1]), x))]
        }
        let rows = try fixed(x, -2, builder)
        let columns = try fixed(x, -1, builder)
        let layout = try DiagonalBand(rows: rows, columns: columns, band, alignment(node))
        let places = try layout.storedPlaces()
        return [try f.result(placed(diagonal, band.count > 1 ? 2 : 1, places, [rows, columns], x, f))]
    }

    /// Keeps a number of diagonals below and above the main one, all where it's negative.
    private static func bandPart(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let lower = try builder.constantInteger(node.input(1), "number of diagonals")
        let upper = try builder.constantInteger(node.input(2), "number of diagonals")
        var value = try node.input(0)
        if lower >= 0 { value = try f(Trilu(upper: true), value, f.integer(-lower)) }
        if upper >= 0 { value = try f(Trilu(upper: false), value, f.integer(upper)) }
        return [try f.result(value)]
    }

    /// A tensor as the diagonal of one of twice the rank.
    private static func tensorDiagonal(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let flat = try f.reshaped(x, [-1])
        let count = try f.extent(flat, 0)
        let shape = try f.shape(x)
        let matrix = try f(Where(), identity(count, count, f), f.unsqueezed(flat, [-1]), f.number(0, like: x))
        return [try f.result(f(Reshape(allowZero: true), matrix, f(Concat(axis: 0), shape, shape)))]
    }

    private static func tensorDiagonalPart(_ node: RuleNode, _ builder: GraphBuilder) throws(OsteonError) -> [ValueID] {
        let f = Formula(builder)
        let x = try node.input(0)
        let rank = try f.rank(x)
        guard rank > 0, rank % 2 == 0 else { throw OsteonError(.malformed, "The diagonal of a tensor of rank \(rank).") }
        let shape = try f(ShapeOf(end: rank / 2), x)
        let count = try f(ReduceProduct(keepDimensions: false), shape)
        let places = try f(Multiply(), f.range(count), f(Add(), count, f.integer(1)))
        return [try f.result(f(Reshape(allowZero: true), f(Gather(axis: 0), f.reshaped(x, [-1]), places), shape))]
    }
}
