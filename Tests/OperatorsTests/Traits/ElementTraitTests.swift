import Bytes
import GraphIR
import Operators
import Tensors
import TestSupport
import Testing

/// What operators say of elements (selections, homogeneity, signs, halves), held to be true on their conformance cases.
@Suite struct ElementTraitTests {
    // MARK: Selections

    /// A use whose selected inputs hold numbers that are all different, and those numbers; nil where the type has too few.
    private static func distinct(_ use: OperatorUse, _ selection: ElementSelection) throws -> (OperatorUse, Set<Double>)? {
        var result = use
        var next = 1
        for index in Set(selection.inputs).sorted() {
            guard let tensor = use.inputs[index] else { continue }
            let most: Int
            switch tensor.elementType {
            case .bool: return nil
            case .i8, .u8: most = 127
            case .bf16: most = 256
            case .f16: most = 2048
            default: most = 1 << 15
            }
            // A step that has no factor in common with the count visits every place.
            let count = tensor.count
            guard next + count <= most else { return nil }
            let first = next
            let step = count % 7 == 0 ? 5 : 7
            result = try result.changing(index) { old in old.indices.map { Double(first + ($0 * step) % max(count, 1)) } }
            guard try Set(result.inputs[index]?.doubles() ?? []).count == count else { return nil }
            next += count
        }
        return (result, Set((1..<next).map { Double($0) }))
    }

    @Test func selectionsGiveOutElementsOrTheirFill() throws {
        var seen: Set<String> = []
        for use in try OperatorUse.all() {
            guard let selection = use.op.selection(use.context), let (distinct, numbers) = try Self.distinct(use, selection) else {
                continue
            }
            let type = use.inputs[selection.inputs[0]]?.elementType
            for output in try distinct.outputs() where output.elementType == type {
                var allowed = numbers
                switch selection.fill {
                case .none: break
                case .lowest: allowed.insert(output.elementType.isFloat ? -.infinity : Double(Int64.min))
                case .number(let number): allowed.insert(number)
                case .input(let index): allowed.insert(index < use.inputs.count ? try use.inputs[index]?.doubles()[0] ?? 0 : 0)
                }
                let wrong = try output.doubles().filter { !allowed.contains($0) }
                #expect(wrong.isEmpty, "\(use): \(wrong)")
            }
            seen.insert(identifier(use.op))
        }
        #expect(seen.isSuperset(of: ["Concat", "Gather", "MaxPool", "Pad", "Resize", "Reshape", "ScatterND", "Slice", "TopK", "Where"]))
        #expect(seen.count > 25, "\(seen.sorted())")
    }

    /// A rounding before is one behind.
    @Test func roundingCommutesWithSelections() throws {
        func rounded(_ x: [Double]) -> [Double] { x.map { ($0 / 3).rounded(.down) } }
        for use in try OperatorUse.all() {
            guard let selection = use.op.selection(use.context), selection.fillsNothing || selection.fillsWithZeros(use.context) else {
                continue
            }
            guard let (distinct, _) = try Self.distinct(use, selection) else { continue }
            var before = distinct
            for index in Set(selection.inputs) { before = try before.changing(index, rounded) }
            let type = use.inputs[selection.inputs[0]]?.elementType
            for (a, b) in zip(try before.outputs(), try distinct.outputs()) where a.elementType == type && a.elementType.isFloat {
                #expect(try a.doubles() == rounded(b.doubles()), "\(use)")
            }
        }
    }

    @Test func marksTellWhichElementsComeOut() throws {
        for use in try OperatorUse.all() {
            guard let selection = use.op.selection(use.context), let selected = try use.op.selectedElements(use.context, most: 64) else {
                continue
            }
            let wanted = try use.outputs()[0].doubles()
            let found = try selected.map { element in
                switch element {
                case .element(let input, let index): try use.inputs[input]?.doubles()[index] ?? .nan
                case .number(let number): Double(number)
                }
            }
            #expect(found == wanted, "\(use)")
            #expect(!selection.isByOrder)
        }
    }

    // MARK: Homogeneity

    @Test func homogeneousInputsMultiplyTheResult() throws {
        var seen: Set<String> = []
        for use in try OperatorUse.all() where use.isWide {
            guard let inputs = use.op.homogeneousInputs(use.context) else { continue }
            guard inputs.allSatisfy({ $0 >= use.inputs.count || use.inputs[$0]?.elementType.isFloat ?? true }) else { continue }
            var multiplied = use
            for index in inputs where index < use.inputs.count {
                multiplied = try multiplied.changing(index) { $0.map { $0 * 4 } }
            }
            for (a, b) in zip(try multiplied.outputs(), try use.outputs()) where a.elementType.isFloat {
                #expect(try relativeDifference(a.doubles(), b.doubles().map { $0 * 4 }) < 1e-6, "\(use)")
            }
            seen.insert(identifier(use.op))
        }
        #expect(seen.isSuperset(of: ["Add", "AveragePool", "Clip", "Concat", "LeakyRelu", "PRelu", "ReduceMean", "Relu", "Resize"]))
    }

    // MARK: Signs

    @Test func nonNegativeOperatorsGiveNoNegativeNumber() throws {
        for use in try OperatorUse.all() where use.op.traits.contains(.nonNegative) {
            for output in try use.noisy(8).outputs() + use.outputs() {
                #expect(try output.doubles().allSatisfy { !($0 < 0) }, "\(use)")
            }
        }
    }

    // MARK: Order and extents

    @Test func monotonicOperatorsRiseOrFallWithEachInput() throws {
        var seen: Set<String> = []
        for use in try OperatorUse.all() where use.op.traits.contains(.monotonic) && use.inputs.allSatisfy({ $0 != nil }) {
            let type = use.inputs[0]?.elementType ?? .i64
            let steps = type == .bool ? [0, 1] : type.isSigned || type.isFloat ? [-3, -1, 0, 1, 4] : [0, 1, 3, 7]
            func result(_ numbers: [Int]) throws -> Double {
                let scalars = try numbers.map { try Tensor(scalar: Int64($0)).converted(to: type) }
                return try use.op.evaluate(scalars)[0].doubles()[0]
            }
            for index in use.inputs.indices {
                var directions: Set<Bool> = []
                for other in steps {
                    var numbers = [Int](repeating: other, count: use.inputs.count)
                    let results = try steps.map { (step) throws in
                        numbers[index] = step
                        return try result(numbers)
                    }
                    for (a, b) in zip(results, results.dropFirst()) where a != b { directions.insert(a < b) }
                }
                #expect(directions.count <= 1, "\(use), input \(index)")
            }
            seen.insert(identifier(use.op))
        }
        let wanted = ["And", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Maximum", "Minimum", "Not", "Or"]
        #expect(seen.isSuperset(of: wanted), "\(Set(wanted).subtracting(seen))")
    }

    /// With types alone extents stay open where values decide them; with all values known they're open nowhere else.
    @Test func onlyValuesThatDecideExtentsLeaveThemOpen() throws {
        for use in try OperatorUse.all() {
            let decides = use.op.traits.contains(.valuesDecideExtents)
            let context = decides ? InferenceContext(inputs: use.context.inputs, outputCount: use.outputCount) : use.context
            let types = try use.op.inferTypes(context).prefix(use.outputCount)
            #expect(types.contains { $0.fixedShape == nil } == decides, "\(use)")
        }
    }

    // MARK: Halves

    /// Rounding what's data changes no extent; what says where or how far might.
    @Test func onlyPlacementsDecideExtents() throws {
        let thirds = OperatorUse(
            name: "by 4/3", op: Resize(), inputs: [try Tensor(zeros: .f32, [1, 1, 3]), nil, try Tensor([Float(1), 1, 4 / 3])],
            outputCount: 1)
        let moving: OperatorTraits = [.movesBits, .identity, .view, .safeInHalves]
        for use in try OperatorUse.all() + [thirds] where !use.op.traits.isDisjoint(with: moving) {
            var rounded = use
            for (index, tensor) in use.inputs.enumerated() where !use.op.placementInputs.contains(index) {
                if let tensor, tensor.elementType == .f32 { rounded.inputs[index] = try tensor.converted(to: .f16).converted(to: .f32) }
            }
            #expect(try rounded.op.inferTypes(rounded.context) == use.op.inferTypes(use.context), "\(use)")
        }
    }

    /// How far rounding the data to binary16 moves the result, in units of what a function that neither sums nor takes
    /// exponentials would move it by.
    private static func unrest(_ use: OperatorUse) throws -> Double {
        let x = try use.noisy(8)
        var rounded = x
        var largest = 1.0
        let roles = try x.op.axesMapping(x.context)?.roles ?? [.data]
        for (index, tensor) in x.inputs.enumerated() where index < roles.count && [.data, .broadcast].contains(roles[index]) {
            guard let tensor, tensor.elementType == .f32 else { continue }
            rounded.inputs[index] = try tensor.converted(to: .f16).converted(to: .f32)
            for number in try tensor.doubles() where number.isFinite { largest = max(largest, abs(number)) }
        }
        var worst = 0.0
        for (a, b) in zip(try rounded.outputs(), try x.outputs()) where a.elementType == .f32 {
            for (p, q) in zip(try a.doubles(), try b.doubles()) where p.isFinite && q.isFinite { worst = max(worst, abs(p - q)) }
        }
        return worst / (0x1p-10 * largest * largest)
    }

    @Test func roundingInputsMovesSafeOperatorsLittle() throws {
        for use in try OperatorUse.all() where use.op.traits.contains(.safeInHalves) && (use.inputs.first??.elementType == .f32) {
            #expect(try Self.unrest(use) < 2, "\(use)")
        }
        // An exponential doesn't pass.
        let exponential = OperatorUse(name: "Exp", op: Exp(), inputs: [try Sample.noise(.f32, [64]).tensor()], outputCount: 1)
        #expect(try Self.unrest(exponential) > 2)
    }

    // MARK: Nothing done

    @Test func unchangedInputsComeOutAsTheyAre() throws {
        var seen: Set<String> = []
        for use in try OperatorUse.all() {
            guard let unchanged = try use.op.unchangedInput(use.context), let input = use.inputs[unchanged.input] else { continue }
            let output = try use.outputs()[0]
            let difference = try relativeDifference(output.doubles(), input.doubles())
            #expect(output.type == input.type && difference == 0, "\(use)")
            if unchanged.isExact { #expect(output.isIdentical(to: input), "\(use)") }
            seen.insert(identifier(use.op))
        }
        #expect(seen.isSuperset(of: ["Identity"]), "\(seen.sorted())")
    }

    /// Numbers for arguments are such as the operator takes.
    @Test func exampleArgumentsAreTaken() throws {
        for use in try OperatorUse.all() {
            for (index, tensor) in use.inputs.enumerated() {
                guard let tensor, tensor.elementType.isInteger, tensor.rank <= 1 else { continue }
                let data = index == 0 ? nil : use.inputs[0]?.shape
                guard let numbers = use.op.exampleArgument(index, count: tensor.count, data: data) else { continue }
                #expect(numbers.count == tensor.count, "\(use)")
                var other = use
                other.inputs[index] = try Tensor(numbers.map { Int64($0) }, shape: tensor.shape).converted(to: tensor.elementType)
                #expect(throws: Never.self, "\(use), input \(index)") { try other.op.inferTypes(other.context) }
            }
        }
    }
}

func identifier(_ op: any Operator) -> String { Swift.type(of: op).id }
