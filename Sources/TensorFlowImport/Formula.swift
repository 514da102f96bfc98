import Bytes
import GraphIR
import ImportSupport
import Operators
import Tensors

/// Spells a formula out as operators, each one step of the node being imported: `try f(Add(), a, f(Sqrt(), b))`.
///
/// What depends on constants alone is computed at once, so that one spelling serves fixed and free extents.
struct Formula {
    let builder: GraphBuilder

    init(_ builder: GraphBuilder) { self.builder = builder }

    func callAsFunction(_ op: any Operator, _ inputs: ValueID?...) throws(OsteonError) -> ValueID {
        try builder.step(Swift.type(of: op).id, op, inputs)
    }

    /// The value of a formula as the current node's own result.
    func result(_ value: ValueID) throws(OsteonError) -> ValueID {
        let scope = builder.scope
        guard builder.graph.producer(value) != nil, builder.graph[value].name.hasPrefix(scope + ":"),
            builder.graph.value(named: scope) == nil
        else { return value }
        try builder.graph.rename(value, to: scope)
        return value
    }

    // MARK: Numbers

    /// A scalar of another value's element type.
    func number(_ value: Double, like other: ValueID) throws(OsteonError) -> ValueID {
        try builder.scalar(value, like: other, "number")
    }

    /// A scalar `i64`.
    func integer(_ value: Int) throws(OsteonError) -> ValueID {
        builder.constant(try Tensor(scalar: Int64(value)), "integer")
    }

    /// An `i64` vector.
    func integers(_ values: [Int]) throws(OsteonError) -> ValueID { try builder.integers(values, "integers") }

    func cast(_ value: ValueID, _ type: ElementType) throws(OsteonError) -> ValueID { try builder.converted(value, to: type) }

    /// The least (or greatest) number of an element type; floats have no infinity here.
    func extreme(_ type: ElementType, isLeast: Bool) throws(OsteonError) -> ValueID {
        let tensor: Tensor
        switch type {
        case .f64: tensor = try Tensor(scalar: Double.greatestFiniteMagnitude)
        case .f32: tensor = try Tensor(scalar: Double(Float.greatestFiniteMagnitude))
        case .bf16: tensor = try Tensor(scalar: 0x1.FEp127)
        case .f16: tensor = try Tensor(scalar: 65504.0)
        case .i64: tensor = try Tensor(scalar: isLeast ? Int64.min : Int64.max)
        case .i32: tensor = try Tensor(scalar: isLeast ? Int64(Int32.min) : Int64(Int32.max))
        case .i16: tensor = try Tensor(scalar: isLeast ? Int64(Int16.min) : Int64(Int16.max))
        case .i8: tensor = try Tensor(scalar: isLeast ? Int64(Int8.min) : Int64(Int8.max))
        case .u64: tensor = try Tensor(scalar: isLeast ? UInt64.min : UInt64.max)
        case .u32: tensor = try Tensor(scalar: isLeast ? 0 : Int64(UInt32.max))
        case .u16: tensor = try Tensor(scalar: isLeast ? 0 : Int64(UInt16.max))
        case .u8: tensor = try Tensor(scalar: isLeast ? 0 : Int64(UInt8.max))
        case .bool: throw OsteonError(.unsupported, "bool has no least number")
        }
        let value = builder.constant(try tensor.converted(to: type), "extreme")
        return type.isFloat && isLeast ? try self(Negate(), value) : value
    }

    // MARK: Shapes

    func elementType(_ value: ValueID) -> ElementType { builder.graph.type(value).elementType }

    /// The rank of a value.
    /// - Throws: `.unsupported` where it isn't known.
    func rank(_ value: ValueID, _ what: String = "data") throws(OsteonError) -> Int {
        guard let rank = builder.graph.type(value).rank else {
            throw OsteonError(.unsupported, "\(what) whose rank isn't known; \(Parameter.input) gives the shape of what's fed")
        }
        return rank
    }

    /// The shape of a value as `i64`.
    func shape(_ value: ValueID) throws(OsteonError) -> ValueID { try self(ShapeOf(), value) }

    /// An extent as a scalar `i64`, constant where it's fixed. Negative axes count from the last.
    func extent(_ value: ValueID, _ axis: Int) throws(OsteonError) -> ValueID {
        var place = axis
        if axis < 0, let rank = builder.graph.type(value).rank { place += rank }
        switch try builder.extent(value, place) {
        case .number(let number): return try integer(number)
        case .value(let value): return value
        }
    }

    /// 0, 1, … below a scalar `i64`.
    func range(_ count: ValueID) throws(OsteonError) -> ValueID {
        try self(NumericRange(), integer(0), count, integer(1))
    }

    func unsqueezed(_ value: ValueID, _ axes: [Int]) throws(OsteonError) -> ValueID {
        axes.isEmpty ? value : try self(Unsqueeze(), value, integers(axes))
    }

    /// Scalars `i64` as one vector.
    func vector(_ scalars: [ValueID]) throws(OsteonError) -> ValueID {
        var parts: [ValueID] = []
        for scalar in scalars { parts.append(try unsqueezed(scalar, [0])) }
        return parts.count == 1 ? parts[0] : try builder.step("vector", Concat(axis: 0), parts)
    }

    /// A value reshaped; 0 keeps the extent in that place, −1 takes the rest.
    func reshaped(_ value: ValueID, _ shape: [Int]) throws(OsteonError) -> ValueID {
        try self(Reshape(), value, integers(shape))
    }

    /// The places `begin ..< end` of one axis.
    func slice(_ value: ValueID, _ axis: Int, from begin: ValueID, to end: ValueID) throws(OsteonError) -> ValueID {
        try self(Slice(), value, unsqueezed(begin, [0]), unsqueezed(end, [0]), integers([axis]))
    }

    /// A tensor of one number, shaped as an `i64` vector says.
    func filled(_ shape: ValueID, _ type: ElementType, _ value: Double = 0) throws(OsteonError) -> ValueID {
        try self(ConstantOfShape(elementType: type, value: value), shape)
    }
}
