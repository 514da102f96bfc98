import Foundation
import TensorFlowImport
import TestSupport
import Testing
import WireFormats

/// Constants: their spellings and their lies.
@Suite struct ConstantTests {
    private func maker(_ tensor: Tensorflow_TensorProto) -> GraphMaker {
        var maker = GraphMaker()
        maker.placeholder("x", [1])
        maker.add("Const", "c", [], ["dtype": .type(tensor.dtype), "value": .tensor(tensor)])
        maker.add("Cast", "f", ["c"], ["DstT": .type(.dtFloat)])
        maker.add("Mul", "y", ["x", "f"])
        return maker
    }

    private func values(_ tensor: Tensorflow_TensorProto) throws -> [Float]? {
        let model = try maker(tensor).imported()
        return try model.graph.evaluateReference(["x": Tensor([Float(1)])])["y"]?.array(Float.self)
    }

    private func proto(_ type: Tensorflow_DataType, _ shape: [Int]) -> Tensorflow_TensorProto {
        var tensor = Tensorflow_TensorProto()
        tensor.dtype = type
        tensor.tensorShape = GraphMaker.shape(shape)
        return tensor
    }

    @Test func theLastValueFillsTheRest() throws {
        var tensor = proto(.dtFloat, [2, 2])
        tensor.floatVal = [1, 2.5]
        #expect(try values(tensor) == [1, 2.5, 2.5, 2.5])
        tensor.floatVal = []
        #expect(try values(tensor) == [0, 0, 0, 0])
    }

    @Test func smallTypesAreKeptInIntegers() throws {
        var bytes = proto(.dtInt8, [2])
        bytes.intVal = [-3, 7]
        #expect(try values(bytes) == [-3, 7])
        var halves = proto(.dtHalf, [2])
        halves.halfVal = [0x3C00, 0xC100]
        #expect(try values(halves) == [1, -2.5])
        var brains = proto(.dtBfloat16, [1])
        brains.halfVal = [0x4049]
        #expect(try values(brains) == [3.140625])
    }

    @Test func referenceTypesCountAsPlain() throws {
        var tensor = proto(.UNRECOGNIZED(101), [1])
        tensor.floatVal = [4]
        #expect(try values(tensor) == [4])
    }

    @Test func contentMustFillTheShape() {
        for count in [1, 3, 5] {
            let tensor = GraphMaker.floats(Array(repeating: 1, count: count), [4])
            #expect(maker(tensor).failure()?.code == .malformed)
        }
        var tensor = proto(.dtFloat, [1])
        tensor.floatVal = [1, 2]
        #expect(maker(tensor).failure()?.code == .malformed)
    }

    @Test func absurdShapesAreRefused() {
        var splat = proto(.dtFloat, [1 << 40])
        splat.floatVal = [1]
        #expect(maker(splat).failure()?.code == .limitExceeded)
        #expect(maker(proto(.dtFloat, [1 << 31, 1 << 31, 1 << 31])).failure()?.code == .limitExceeded)
        #expect(maker(proto(.dtFloat, [-2])).failure()?.code == .malformed)
        #expect(maker(proto(.dtFloat, Array(repeating: 1, count: 100))).failure()?.code == .malformed)
        #expect(maker(proto(.dtString, [1])).failure()?.code == .unsupported)
        #expect(maker(proto(.UNRECOGNIZED(77), [1])).failure()?.code == .unsupported)
    }

    @Test func weightsShareTheBytesRead() throws {
        var maker = GraphMaker()
        maker.placeholder("x", [1, 32])
        maker.constant("w", Array(repeating: 0.5, count: 32 * 32), [32, 32])
        maker.add("Identity", "w/read", ["w"])
        maker.add("MatMul", "a", ["x", "w/read"])
        maker.add("MatMul", "b", ["a", "w/read"])
        let model = try maker.imported()
        let constants = model.graph.valueIDs.compactMap { model.graph[$0].constant }
        #expect(constants.count == 1)
        #expect(constants.first?.storage.isWritable == false)
    }

    /// A small file can describe any number of constants; only so many bytes of them are computed at import.
    @Test func computedConstantsHaveABudget() throws {
        var maker = GraphMaker()
        maker.constant("value", [1], [])
        maker.constant("shape", integers: [1 << 14])
        let names = (0..<1100).map { "filled_\($0)" }
        for name in names { maker.add("Fill", name, ["shape", "value"]) }
        let graph = try maker.imported(ImportOptions(outputs: names)).graph
        let byteCount = graph.valueIDs.reduce(0) { $0 + (graph.constant($1)?.byteCount ?? 0) }
        #expect((60 << 20...65 << 20).contains(byteCount), "\(byteCount)")
    }
}
