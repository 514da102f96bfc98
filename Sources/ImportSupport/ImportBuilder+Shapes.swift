import Bytes
import GraphIR
import Operators
import Tensors

/// What's known of one integer of a shape computation.
package enum PartialInteger: Hashable {
    case known(Int)
    /// The extent of an axis of a value.
    case extent(ValueID, axis: Int)
    /// A number times extents of values; see `PartialProduct`.
    case product(PartialProduct)
    case unknown

    package var value: Int? {
        if case .known(let number) = self { number } else { nil }
    }

    /// The product of some; unknown where one is, or where the numbers overflow.
    package static func product(of parts: some Sequence<PartialInteger>) -> PartialInteger {
        var factor = 1
        var extents: [PartialProduct.Extent] = []
        for part in parts {
            var number = 1
            switch part {
            case .known(let value): number = value
            case .extent(let value, let axis): extents.append(.init(value: value, axis: axis))
            case .product(let product):
                number = product.factor
                extents += product.extents
            case .unknown: return .unknown
            }
            let (result, overflow) = factor.multipliedReportingOverflow(by: number)
            if overflow { return .unknown }
            factor = result
        }
        if extents.isEmpty || factor == 0 { return .known(factor) }
        if factor == 1, extents.count == 1 { return .extent(extents[0].value, axis: extents[0].axis) }
        extents.sort { ($0.value, $0.axis) < ($1.value, $1.axis) }
        return .product(PartialProduct(factor: factor, extents: extents))
    }
}

/// A number times extents of values, in one order whatever way it was computed.
package struct PartialProduct: Hashable {
    package struct Extent: Hashable {
        package var value: ValueID
        package var axis: Int
    }

    package var factor: Int
    package var extents: [Extent]
}

/// Follows shape arithmetic integer by integer.
///
/// A shape with one free extent isn't constant as a whole, but most of what graphs take from it is: `Shape` → slice of
/// the spatial extents → `Pack` becomes constant although the batch isn't known.
extension ImportBuilder {
    private static let longest = 64

    /// The integers of a vector or scalar, as far as they're known; nil where nothing is.
    package func partial(_ value: ValueID) throws(OsteonError) -> [PartialInteger]? {
        if let tensor = graph.constant(value) {
            guard tensor.elementType.isInteger, tensor.rank <= 1, tensor.count <= Self.longest else { return nil }
            return try tensor.integers().map(PartialInteger.known)
        }
        return partialIntegers[value]
    }

    /// Notes what's known of the output of an operator just added; wholly known outputs become constants.
    func track(_ op: any Operator, _ inputs: [ValueID?], _ output: ValueID) throws(OsteonError) {
        let type = graph.type(output)
        guard type.elementType == .i64 || type.elementType == .i32, let rank = type.rank, rank <= 1 else { return }
        let integers: [PartialInteger]?
        if let op = op as? ShapeOf {
            integers = extents(op, inputs)
        } else if op is Cast, let source = inputs.first ?? nil {
            integers = graph.type(source).elementType.isInteger ? try partial(source) : nil
        } else if let op = op as? ReduceProduct {
            integers = try product(op, inputs)
        } else if let moved = try movement(op, inputs) {
            integers = moved
        } else if op.traits.contains(.elementwise) {
            integers = try elementwise(op, inputs, type.elementType)
        } else {
            integers = nil
        }
        guard let integers, integers.count <= Self.longest else { return }
        let known = integers.compactMap(\.value)
        guard known.count == integers.count else {
            if known.count > 0 || integers.contains(where: { $0 != .unknown }) { partialIntegers[output] = integers }
            return
        }
        let tensor = try Tensor(known.map { Int64($0) }, shape: rank == 0 ? [] : [known.count])
        graph.fold(output, to: try tensor.converted(to: type.elementType))
    }

    private func extents(_ op: ShapeOf, _ inputs: [ValueID?]) -> [PartialInteger]? {
        guard op.start == 0, op.end == nil, let value = inputs.first ?? nil else { return nil }
        return extents(of: value)
    }

    /// The extents of a value: numbers, what its shape was made of, or itself; nil where its rank isn't known.
    package func extents(of value: ValueID) -> [PartialInteger]? {
        guard let shape = graph.type(value).shape else { return nil }
        let made = madeExtents[value]
        return shape.enumerated().map { axis, dimension in
            if let extent = dimension.fixed { return .known(extent) }
            if let made, axis < made.count, made[axis] != .unknown { return made[axis] }
            return .extent(value, axis: axis)
        }
    }

    /// Notes that the extents of a value are `parts`.
    package func noteExtents(_ parts: [PartialInteger], of value: ValueID) {
        guard graph.type(value).rank ?? parts.count == parts.count else { return }
        madeExtents[value] = parts.map { part in
            // What's negative is a wildcard.
            if let number = part.value, number < 0 { return .unknown }
            return part
        }
    }

    /// A vector of known length of which nothing else is known.
    private func opaque(_ value: ValueID) -> [PartialInteger]? {
        let type = graph.type(value)
        guard let count = type.count, count <= Self.longest, type.rank ?? 2 <= 1 else { return nil }
        return Array(repeating: .unknown, count: count)
    }

    private func product(_ op: ReduceProduct, _ inputs: [ValueID?]) throws(OsteonError) -> [PartialInteger]? {
        // Without axes it may be no product at all.
        if op.noopWithEmptyAxes {
            guard inputs.count > 1, let axes = graph.constant(inputs[1]), axes.count > 0 else { return nil }
        }
        guard let source = inputs.first ?? nil, let parts = try partial(source), inputs.count <= 2 else { return nil }
        return [.product(of: parts)]
    }

    /// Computes the places where every operand is known.
    private func elementwise(
        _ op: any Operator, _ inputs: [ValueID?], _ type: ElementType
    ) throws(OsteonError) -> [PartialInteger]? {
        var operands: [(parts: [PartialInteger], type: ElementType)] = []
        for case .some(let input) in inputs {
            guard graph.type(input).elementType.isInteger, let parts = try partial(input) ?? opaque(input) else { return nil }
            operands.append((parts, graph.type(input).elementType))
        }
        let count = operands.map(\.parts.count).max() ?? 0
        guard operands.allSatisfy({ $0.parts.count == count || $0.parts.count == 1 }) else { return nil }
        var result: [PartialInteger] = []
        for index in 0..<count {
            var scalars: [Tensor] = []
            for operand in operands {
                guard let number = operand.parts[operand.parts.count == 1 ? 0 : index].value else { break }
                scalars.append(try Tensor(scalar: Int64(number)).converted(to: operand.type))
            }
            guard scalars.count == operands.count, let tensor = try op.evaluate(scalars).first else {
                let parts = operands.map { $0.parts[$0.parts.count == 1 ? 0 : index] }
                result.append(op is Multiply ? .product(of: parts) : .unknown)
                continue
            }
            result.append(try tensor.integers().first.map(PartialInteger.known) ?? .unknown)
        }
        return result
    }

    /// Follows the elements through an operator that only moves them. What's no element fills places that nothing was moved
    /// to: a number that's known.
    private func movement(_ op: any Operator, _ inputs: [ValueID?]) throws(OsteonError) -> [PartialInteger]? {
        let context = InferenceContext(inputs: inputs.map { $0.map(graph.type) }, constants: inputs.map(graph.constant))
        guard let selected = try op.selectedElements(context, most: Self.longest) else { return nil }
        var parts: [Int: [PartialInteger]] = [:]
        for input in Set(selected.compactMap(\.input)) {
            guard let value = inputs[input], let known = try partial(value) ?? opaque(value) else { return nil }
            parts[input] = known
        }
        return selected.map { element in
            switch element {
            case .element(let input, let index): parts[input]?[index] ?? .unknown
            case .number(let number): .known(number)
            }
        }
    }

    // MARK: Using it

    /// The shape input for a `Reshape` of `value`, constant wherever that's possible: an extent kept in place becomes 0,
    /// one other unknown extent -1.
    /// - Returns: also whether a 0 in it means an extent of 0.
    package func reshapeInput(_ shape: ValueID, of value: ValueID) throws(OsteonError) -> (shape: ValueID, allowsZero: Bool) {
        let shape = try asInt64(shape)
        if let known = try graph.constant(shape)?.integers() { return (shape, known.contains(0)) }
        guard let parts = try partial(shape), !parts.contains(.known(0)) else { return (shape, true) }
        let own = graph.type(value).shape ?? []
        var result: [Int] = []
        for (index, part) in parts.enumerated() {
            switch part {
            case .known(let number): result.append(number)
            case .extent(let source, let axis) where isSame(source, axis, own, index, value): result.append(0)
            default: result.append(-1)
            }
        }
        guard result.filter({ $0 == -1 }).count <= 1 else { return (shape, true) }
        return (try integers(result, "shape"), false)
    }

    private func isSame(_ source: ValueID, _ axis: Int, _ own: [Dimension], _ index: Int, _ value: ValueID) -> Bool {
        guard index < own.count else { return false }
        if source == value { return axis == index }
        guard case .free = own[index], let shape = graph.type(source).shape, axis < shape.count else { return false }
        return shape[axis] == own[index]
    }

    /// Extent `axis` of `value`: a number where it's fixed, else a scalar `i64` computed from its shape.
    package func extent(_ value: ValueID, _ axis: Int) throws(OsteonError) -> ShapePart {
        if let shape = graph.type(value).shape, axis < shape.count, let fixed = shape[axis].fixed { return .number(fixed) }
        let shape = try step("shape", ShapeOf(), [value])
        let place = constant(try Tensor(scalar: Int64(axis)), "axis_\(axis)")
        return .value(try step("extent_\(axis)", Gather(axis: 0), [shape, place]))
    }

    /// An `i64` vector of extents.
    package func shapeVector(_ parts: [ShapePart], _ part: String) throws(OsteonError) -> ValueID {
        var pieces: [ValueID] = []
        for piece in parts {
            switch piece {
            case .number(let number): pieces.append(try integers([number], "\(part)_extent"))
            case .value(let value): pieces.append(try step("\(part)_piece", Unsqueeze(), [value, integers([0], "\(part)_axis")]))
            }
        }
        return try step(part, Concat(axis: 0), pieces)
    }

    /// `op` on extents: computed now where both are numbers.
    package func combine(_ op: any Operator, _ a: ShapePart, _ b: ShapePart, _ part: String) throws(OsteonError) -> ShapePart {
        let operands = [try scalar(a, part), try scalar(b, part)]
        let value = try step(part, op, operands)
        if let number = try graph.constant(value)?.integers().first { return .number(number) }
        return .value(value)
    }

    private func scalar(_ piece: ShapePart, _ part: String) throws(OsteonError) -> ValueID {
        switch piece {
        case .number(let number): return constant(try Tensor(scalar: Int64(number)), "\(part)_number")
        case .value(let value): return value
        }
    }
}

/// One extent of a shape being computed: a number, or a scalar `i64` value of the graph.
package enum ShapePart {
    case number(Int)
    case value(ValueID)
}
