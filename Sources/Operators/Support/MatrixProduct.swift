import Bytes
import Tensors

/// One product of row-major matrices inside larger tensors.
struct MatrixProduct {
    let rows: Int, inner: Int, columns: Int

    /// `y = a · b`, each from its element offset on. Floats are summed in `Double`, integers wrap.
    func run(_ a: Tensor, offset aOffset: Int, _ b: Tensor, offset bOffset: Int, _ y: Tensor, offset: Int) throws(OsteonError) {
        switch a.elementType {
        case .f32, .f64:
            try dispatchFloat(
                a.elementType, FloatProduct(size: self, a: a, b: b, y: y, aOffset: aOffset, bOffset: bOffset, offset: offset))
        default:
            try dispatch(
                a.elementType, IntegerProduct(size: self, a: a, b: b, y: y, aOffset: aOffset, bOffset: bOffset, offset: offset))
        }
    }
}

private struct FloatProduct: FloatBody {
    let size: MatrixProduct, a: Tensor, b: Tensor, y: Tensor, aOffset: Int, bOffset: Int, offset: Int

    func run<T: FloatElement>(_ type: T.Type) throws(OsteonError) {
        let left = a.elements(T.self)
        let right = b.elements(T.self)
        var result = y.mutableElements(T.self)
        var sums = try [Double](budgeted: 0, count: size.columns)
        for row in 0..<size.rows {
            for j in sums.indices { sums[j] = 0 }
            for k in 0..<size.inner {
                let factor = Double(left[aOffset + row * size.inner + k])
                let line = bOffset + k * size.columns
                let values = right.extracting(line..<line + size.columns)
                for j in values.indices { sums[j] += factor * Double(values[j]) }
            }
            let line = offset + row * size.columns
            for j in sums.indices { result[line + j] = T(sums[j]) }
        }
    }
}

private struct IntegerProduct: NumericBody {
    let size: MatrixProduct, a: Tensor, b: Tensor, y: Tensor, aOffset: Int, bOffset: Int, offset: Int

    func run<T: NumericElement>(_ type: T.Type) {
        let left = a.elements(T.self)
        let right = b.elements(T.self)
        var result = y.mutableElements(T.self)
        for row in 0..<size.rows {
            let target = offset + row * size.columns
            for j in 0..<size.columns { result[target + j] = .zero }
            for k in 0..<size.inner {
                let factor = left[aOffset + row * size.inner + k]
                let line = bOffset + k * size.columns
                for j in 0..<size.columns {
                    result[target + j] = T.adding(result[target + j], T.multiplying(factor, right[line + j]))
                }
            }
        }
    }
}
