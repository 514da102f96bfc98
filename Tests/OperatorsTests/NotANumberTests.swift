import TestSupport
import Testing

/// A fault upstream must stay visible: NaN goes through.
@Suite struct NotANumberTests {
    static let unary = OperatorCatalogue.all.map { $0.init() }.filter { $0 is any ElementwiseUnary }
    static let binary: [any Operator] = [
        Add(), Subtract(), Multiply(), Divide(), Minimum(), Maximum(), Modulo(), Modulo(truncated: true), FloorDivide(), PRelu(),
    ]

    @Test(arguments: unary.indices)
    func goesThroughUnaryOperators(_ index: Int) throws {
        let op = Self.unary[index]
        for type in [ElementType.f32, .f64, .f16] {
            let result = try op.evaluate([try Sample(type, [.nan]).tensor()])[0].doubles()
            #expect(result[0].isNaN, "\(Swift.type(of: op).id) of \(type.rawValue)")
        }
    }

    @Test(arguments: binary.indices)
    func goesThroughBinaryOperators(_ index: Int) throws {
        let op = Self.binary[index]
        let a = try Sample.f32([.nan, -2, .nan]).tensor()
        let b = try Sample.f32([3, .nan, .nan]).tensor()
        let result = try op.evaluate([a, b])[0].doubles()
        #expect(result.allSatisfy { $0.isNaN }, "\(Swift.type(of: op).id): \(result)")
    }

    @Test(arguments: FusedActivation.Kind.allCases)
    func goesThroughFusedActivations(_ kind: FusedActivation.Kind) {
        #expect(FusedActivation(kind, alpha: -1, beta: 1).apply(Float.nan).isNaN)
    }
}
