import Foundation
import HDF5
import TestSupport
import Testing

/// The fixtures by libhdf5, read as h5py reads them.
@Suite struct FixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures/hdf5").path

    static let names = [
        "types_earliest", "types_latest", "layouts_earliest", "layouts_latest", "names_earliest", "names_latest", "refused_earliest",
        "refused_latest", "small_earliest", "small_latest", "user_block", "user_block_latest",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }

    private func expected(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: String(decoding: Self.bytes("expected.json"), as: UTF8.self)).member(name)
    }

    @Test func everyFileIsExpected() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".h5") }
        #expect(Set(files) == Set(Self.names.map { "\($0).h5" }))
    }

    @Test(arguments: names)
    func groupsAndTheirAttributes(name: String) throws {
        let file = try HDF5File(path: "\(Self.folder)/\(name).h5")
        for member in try expected(name).member("groups").members() {
            let group = try file.root.group(member.name)
            #expect(try group.names() == member.value.member("names").strings(), "\(member.name)")
            let attributes = try member.value.member("attributes").array()
            #expect(try group.attributeNames() == attributes.map { try $0.member("name").string() }, "\(member.name)")
            for wanted in attributes {
                let attribute = try #require(try group.attribute(wanted.member("name").string()))
                try compare(attribute, wanted, "\(member.name)")
            }
        }
    }

    @Test(arguments: names)
    func datasets(name: String) throws {
        let file = try HDF5File(path: "\(Self.folder)/\(name).h5")
        for member in try expected(name).member("datasets").members() {
            let dataset = try file.root.dataset(member.name)
            let wanted = member.value
            #expect(try dataset.shape == wanted.member("shape").array().map { try $0.integer() }, "\(member.name)")
            if let type = wanted["type"] {
                #expect(try dataset.elementType.rawValue == type.string(), "\(member.name)")
                try compare(dataset.tensor(), wanted, member.name)
            } else {
                #expect(dataset.isText)
                #expect(try dataset.strings() == wanted["texts"]?.strings() ?? [], "\(member.name)")
            }
            let attributes = try wanted.member("attributes").array()
            #expect(try dataset.attributeNames() == attributes.map { try $0.member("name").string() }, "\(member.name)")
            for wanted in attributes {
                let attribute = try #require(try dataset.attribute(wanted.member("name").string()))
                try compare(attribute, wanted, member.name)
            }
        }
    }

    @Test(arguments: names)
    func whatMustBeRefused(name: String) throws {
        let file = try HDF5File(path: "\(Self.folder)/\(name).h5")
        for member in try expected(name).member("errors").members() {
            let code = errorCode {
                let dataset = try file.root.dataset(member.name)
                _ = dataset.isText ? [] : [try dataset.tensor()]
            }
            #expect(try code?.rawValue == member.value.string(), "\(member.name)")
        }
    }

    private func compare(_ attribute: HDF5Attribute, _ wanted: JSONValue, _ place: String) throws {
        let place = "\(place) \(attribute.name)"
        #expect(try attribute.shape == wanted.member("shape").array().map { try $0.integer() }, "\(place)")
        if wanted["type"] != nil {
            #expect(try attribute.elementType.rawValue == wanted.member("type").string(), "\(place)")
            try compare(attribute.tensor(), wanted, place)
        } else {
            #expect(try attribute.strings() == wanted["texts"]?.strings() ?? [], "\(place)")
        }
    }

    private func compare(_ tensor: Tensor, _ wanted: JSONValue, _ place: String) throws {
        #expect(try tensor.shape == wanted.member("shape").array().map { try $0.integer() }, "\(place)")
        #expect(try tensor.elementType.rawValue == wanted.member("type").string(), "\(place)")
        let digest = SHA256Digest(of: tensor.bytes).hexadecimal
        #expect(try digest == wanted.member("sha256").string(), "\(place)")
    }
}
