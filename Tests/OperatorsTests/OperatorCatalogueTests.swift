import TestSupport
import Testing

@Suite struct OperatorCatalogueTests {
    /// Every operator with its attributes at their defaults.
    static let operators: [any Operator] = OperatorCatalogue.all.map { $0.init() }

    @Test func idsAreUniqueAndNamedAfterTheType() {
        let ids = OperatorCatalogue.all.map { $0.id }
        #expect(Set(ids).count == ids.count)
        for type in OperatorCatalogue.all { #expect(type.id == String(describing: type)) }
    }

    @Test(arguments: operators.map { Swift.type(of: $0).id })
    func defaultsEncodeToNothing(_ id: String) throws {
        let op = try OperatorCatalogue.make(id, [:])
        #expect(op.changedAttributes.isEmpty)
        #expect(type(of: op).id == id)
    }

    @Test(arguments: operators.map { Swift.type(of: $0).id })
    func attributesRoundTrip(_ id: String) throws {
        let plain = try OperatorCatalogue.make(id, [:])
        #expect(Set(plain.attributes.map { $0.name }).count == plain.attributes.count)
        for (name, value) in plain.attributes {
            for other in others(than: value) {
                guard let changed = try? OperatorCatalogue.make(id, [name: other]) else { continue }
                let encoded = changed.changedAttributes
                #expect(encoded.map { $0.name } == [name])
                let again = try OperatorCatalogue.make(id, Dictionary(uniqueKeysWithValues: encoded.map { ($0.name, $0.value) }))
                #expect(again.isEqual(to: changed))
                #expect(!again.isEqual(to: plain))
            }
        }
    }

    @Test(arguments: operators.map { Swift.type(of: $0).id })
    func everyAttributeCanBeChanged(_ id: String) throws {
        let plain = try OperatorCatalogue.make(id, [:])
        for (name, value) in plain.attributes {
            let changes = others(than: value).filter { (try? OperatorCatalogue.make(id, [name: $0])) != nil }
            #expect(!changes.isEmpty, "no value but the default was taken by \(name)")
        }
    }

    @Test(arguments: operators.map { Swift.type(of: $0).id })
    func attributeNamesAreSnakeCase(_ id: String) throws {
        for (name, _) in try OperatorCatalogue.make(id, [:]).attributes {
            #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }, "\(name)")
        }
    }

    @Test(arguments: operators.map { Swift.type(of: $0).id })
    func unknownAttributesAreRefused(_ id: String) {
        let error = #expect(throws: OsteonError.self) { try OperatorCatalogue.make(id, ["no_such_attribute": .int(1)]) }
        #expect(error?.code == .unsupported)
    }

    @Test(arguments: operators.map { Swift.type(of: $0).id })
    func valuesOfTheWrongKindAreRefused(_ id: String) throws {
        for (name, value) in try OperatorCatalogue.make(id, [:]).attributes {
            let wrong: AttributeValue = if case .strings = value { .int(1) } else { .strings(["wrong"]) }
            let error = #expect(throws: OsteonError.self) { try OperatorCatalogue.make(id, [name: wrong]) }
            #expect(error?.code == .malformed)
        }
    }

    @Test(arguments: operators.map { Swift.type(of: $0).id })
    func missingInputsAreRefused(_ id: String) throws {
        let op = try OperatorCatalogue.make(id, [:])
        guard type(of: op).signature.inputs.contains(where: { $0.kind == .required }) else { return }
        var graph = Graph()
        #expect(throws: OsteonError.self) { try graph.add(op, []) }
        #expect(throws: OsteonError.self) { try op.evaluate([]) }
    }

    @Test func unknownOperatorsAreRefused() {
        let error = #expect(throws: OsteonError.self) { try OperatorCatalogue.make("NoSuchOperator", [:]) }
        #expect(error?.code == .unsupported)
    }

    /// Values that differ from `value` and could stand in its place; for an enumeration's name, all names there are.
    private func others(than value: AttributeValue) -> [AttributeValue] {
        let candidates: [AttributeValue]
        switch value {
        case .bool(let flag): candidates = [.bool(!flag)]
        case .int(let number): candidates = [.int(number + 1), .int(-7)]
        case .double(let number): candidates = [.double(number + 0.1), .double(-1e300)]
        case .ints: candidates = [.ints([3, 1, 2]), .ints([])]
        case .doubles: candidates = [.doubles([0.1, -2]), .doubles([])]
        case .strings: candidates = [.strings(["a", "b"]), .strings(["relu", "hard_sigmoid 0.25 0.5", "elu -1.0"]), .strings([])]
        case .string: candidates = Self.names.map { .string($0) }
        case .none: candidates = [.int(2), .double(0.5), .string("i8"), .bool(true), .ints([1])]
        }
        return candidates.filter { $0 != value }
    }

    private static let names = [
        "text", "none", "tanh", "left", "right", "relu", "same_upper", "explicit", "constant", "reflect", "edge", "add", "max",
        "f32", "i8", "linear", "nearest", "cubic", "crd", "dcr", "zeros", "border", "half_pixel", "asymmetric", "floor",
        "ceil", "reverse", "stretch", "not_larger", "avg", "output_half_pixel", "tensorflow",
    ]
}
