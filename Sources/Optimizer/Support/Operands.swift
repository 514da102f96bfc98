import Bytes
import GraphIR
import Operators
import Tensors

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

    /// What a node does to the operand that isn't constant, where that's a factor or an addend by place.
    func affineOperand(_ node: NodeID) -> (op: any AffineArithmetic, operand: ConstantOperand)? {
        guard let op = graph[node].op as? any AffineArithmetic, let operand = constantOperand(node) else { return nil }
        return (op, operand)
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
