import Bytes
import GraphIR
import Operators
import Tensors

extension TensorType {
    /// Whether the two shapes are known to be the same: extents equal, free ones by name.
    func hasShape(of other: TensorType) -> Bool {
        guard let shape, shape == other.shape else { return false }
        return !shape.contains(.unknown)
    }

    /// The extent of `axis` where it's fixed.
    func extent(_ axis: Int) -> Int? {
        guard let shape, shape.indices.contains(axis) else { return nil }
        return shape[axis].fixed
    }
}

extension GraphView {
    /// A node's two operands where one is a constant: which is which.
    struct ConstantOperand {
        var value: ValueID
        var constant: Tensor
        /// Whether the constant is the first operand.
        var isConstantFirst: Bool
    }

    func constantOperand(_ node: NodeID) -> ConstantOperand? {
        guard let a = input(node, 0), let b = input(node, 1) else { return nil }
        if let tensor = constant(b), constant(a) == nil {
            return ConstantOperand(value: a, constant: tensor, isConstantFirst: false)
        }
        if let tensor = constant(a), constant(b) == nil {
            return ConstantOperand(value: b, constant: tensor, isConstantFirst: true)
        }
        return nil
    }

    /// What a constant operand gives each place along `axis` of a value of type `type`; nil where it varies along
    /// another axis too, or where the two together have another shape than the value.
    func perChannel(_ tensor: Tensor, of type: TensorType, axis channelAxis: Int) throws(OsteonError) -> [Double]? {
        guard let rank = type.rank, tensor.rank <= rank, let channels = type.extent(channelAxis) else { return nil }
        guard tensor.elementType.isFloat else { return nil }
        for (axis, extent) in tensor.shape.enumerated() where extent != 1 {
            guard rank - tensor.rank + axis == channelAxis, extent == channels else { return nil }
        }
        let values = try tensor.doubles()
        if values.count != 1 { return values }
        return try [Double](budgeted: values[0], count: channels)
    }
}

extension Tensor {
    /// A tensor of `values` rounded to `elementType`.
    init(_ values: [Double], shape: [Int], rounded elementType: ElementType) throws(OsteonError) {
        self = try Tensor(values, shape: shape).converted(to: elementType)
    }

    /// The one value of a tensor that holds a single number.
    func singleValue() throws(OsteonError) -> Double? { count == 1 ? try doubles().first : nil }

    /// The elements in blocks of `blockSize`, each multiplied in `Double` by its factor and rounded.
    func scalingBlocks(of blockSize: Int, by factor: (_ block: Int) -> Double) throws(OsteonError) -> Tensor {
        guard blockSize > 0 else { return self }
        guard elementType == .f32 else {
            var values = try doubles()
            for index in values.indices { values[index] *= factor(index / blockSize) }
            return try Tensor(values, shape: shape, rounded: elementType)
        }
        let result = try Tensor(uninitialized: .f32, shape)
        withExtendedLifetime((storage, result.storage)) {
            let source = unsafeElements(Float.self)
            let destination = result.unsafeMutableElements(Float.self)
            for block in 0..<count / blockSize {
                let scale = factor(block)
                for i in block * blockSize..<(block + 1) * blockSize { destination[i] = Float(Double(source[i]) * scale) }
            }
        }
        return result
    }
}

extension NumericPromise {
    /// What rounding a product of constants to `type` may move a result by.
    static func rounding(in type: ElementType) -> NumericPromise {
        switch type {
        case .f16: .rounding(relative: 1e-2)
        case .bf16: .rounding(relative: 5e-2)
        case .f64: .rounding(relative: 1e-12)
        default: .rounding(relative: 1e-5)
        }
    }
}
