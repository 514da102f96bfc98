import TestSupport
import Testing

/// What's inferred where shapes are open.
@Suite struct TypeInferenceTests {
    private func infer(_ op: any Operator, _ inputs: [TensorType?], _ constants: [Tensor?] = []) throws -> TensorType {
        let context = InferenceContext(inputs: inputs, constants: constants)
        return try #require(try op.inferTypes(context).first)
    }

    private let volume = TensorType(.f32, [1, 4, .free("D"), .free("H"), 6])

    @Test func freeExtentsPassThroughElementwiseOperators() throws {
        #expect(try infer(Relu(), [volume]) == volume)
        #expect(try infer(Add(), [volume, volume]) == volume)
        #expect(try infer(Multiply(), [volume, TensorType(.f32, fixed: [4, 1, 1, 1])]) == volume)
        #expect(try infer(Less(), [volume, TensorType(.f32, [])]) == TensorType(.bool, volume.shape))
        #expect(try infer(Softmax(axis: 1), [volume]) == volume)
    }

    @Test func unequalNamesAreUnknown() throws {
        let a = TensorType(.f32, [.free("A")])
        let b = TensorType(.f32, [.free("B")])
        #expect(try infer(Add(), [a, b]) == TensorType(.f32, [.unknown]))
        #expect(try infer(Add(), [a, TensorType(.f32, fixed: [5])]) == TensorType(.f32, fixed: [5]))
    }

    @Test func unknownRankStaysUnknown() throws {
        let open = TensorType(.f32, nil)
        #expect(try infer(Add(), [open, volume]) == open)
        #expect(try infer(ReduceSum(), [open]) == open)
        #expect(try infer(ArgMax(), [open]) == TensorType(.i64, nil))
    }

    @Test func reductionsKeepTheExtentsTheyDoNotReduce() throws {
        let axes = try Tensor([Int64(2), -1])
        let types = [volume, axes.type]
        #expect(try infer(ReduceMean(), types, [nil, axes]).shape == [1, 4, 1, .free("H"), 1])
        #expect(try infer(ReduceMean(keepDimensions: false), types, [nil, axes]).shape == [1, 4, .free("H")])
        #expect(try infer(ReduceMean(keepDimensions: false), [volume]).shape == [])
        #expect(try infer(ReduceMean(noopWithEmptyAxes: true), [volume]) == volume)
    }

    @Test func reductionsWithOpenAxesKeepTheRankTheyCan() throws {
        let axes = TensorType(.i64, fixed: [2])
        #expect(try infer(ReduceMean(), [volume, axes]).shape == [1, .unknown, .unknown, .unknown, .unknown])
        #expect(try infer(ReduceMean(keepDimensions: false), [volume, axes]).shape == [.unknown, .unknown, .unknown])
        #expect(try infer(ReduceMean(keepDimensions: false), [volume, TensorType(.i64, [.unknown])]).shape == nil)
    }

    @Test func statisticsOfLayerNormalizationHaveItsLeadingAxes() throws {
        let context = InferenceContext(inputs: [volume, TensorType(.f32, [6])], outputCount: 3)
        let types = try LayerNormalization().inferTypes(context)
        #expect(types[0] == volume)
        #expect(types[1] == TensorType(.f32, [1, 4, .free("D"), .free("H"), 1]))
        #expect(types[2] == types[1])
    }

    @Test func quantizedTypesFollowZeroPointThenAttributeThenDefault() throws {
        let scale = TensorType(.f32, [])
        #expect(try infer(QuantizeLinear(), [volume, scale]).elementType == .u8)
        #expect(try infer(QuantizeLinear(elementType: .i16), [volume, scale]).elementType == .i16)
        #expect(try infer(QuantizeLinear(), [volume, scale, TensorType(.i8, [])]).elementType == .i8)
        #expect(try infer(DequantizeLinear(), [TensorType(.i8, volume.shape), TensorType(.f16, [])]).elementType == .f16)
    }
}
