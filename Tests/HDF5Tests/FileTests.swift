import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct FileTests {
    private func file(_ name: String) throws -> HDF5File { try HDF5File(path: "\(FixtureTests.folder)/\(name).h5") }

    @Test(arguments: [0, 512, 1024, 4096])
    func isRecognizedBehindAUserBlock(of count: Int) {
        let bytes = [UInt8](repeating: 7, count: count) + HDF5File.signature
        #expect(HDF5File.recognizes(SharedBytes(bytes)))
        #expect(!HDF5File.recognizes(SharedBytes([0] + bytes)))
        #expect(!HDF5File.recognizes(SharedBytes(bytes.dropLast())))
    }

    @Test func dataInOnePieceIsUsedInPlace() throws {
        let mapped = try MappedFile(path: "\(FixtureTests.folder)/small_earliest.h5")
        let tensor = try HDF5File(mapped).root.dataset("conv/conv/kernel:0").tensor()
        #expect(tensor.bytes.offset(in: mapped.bytes) != nil)
        #expect(!tensor.storage.isWritable)
    }

    /// Behind a prefix of one byte nothing is aligned, so the elements are copied.
    @Test func unalignedDataIsReadAllTheSame() throws {
        let bytes = [UInt8(0)] + (try FixtureTests.bytes("small_earliest.h5"))
        let tensor = try HDF5File(SharedBytes(bytes).extracting(1...)).root.dataset("conv/conv/kernel:0").tensor()
        #expect(try tensor.doubles() == (0..<12).map { Double($0) })
    }

    @Test func pathsAreFollowedNameByName() throws {
        let root = try file("names_latest").root
        #expect(try root.dataset("deep/er/and/deeper/again").tensor().doubles() == [0, 1])
        #expect(try root.group("deep").group("er").dataset("/deep/er/and/deeper/data").path == "/deep/er/and/deeper/data")
        #expect(try root.contains("deep"))
        #expect(try !root.contains("deep/er"))
        let ofAGroup = errorCode { _ = try root.dataset("deep/er") }
        let ofADataset = errorCode { _ = try root.group("deep/er/and/deeper/data") }
        #expect(ofAGroup == .malformed)
        #expect(ofADataset == .malformed)
        #expect(try root.attribute("nothing") == nil)
    }

    @Test func aGroupInsideItselfIsntWalkedForEver() throws {
        let root = try file("refused_latest").root
        #expect(try root.group("loop/inner/again/inner/again/inner").names() == ["again"])
        let code = errorCode { _ = try root.group("loop").allDatasets() }
        #expect(code == .malformed)
    }

    @Test func allDatasetsComeInTheOrderOfNames() throws {
        let paths = try file("small_latest").root.allDatasets().map { $0.path }
        #expect(paths == ["/conv/conv/bias:0", "/conv/conv/kernel:0", "/dense/dense/bias:0", "/dense/dense/kernel:0", "/text"])
    }

    /// A file that's been read is freed with what was read from it.
    @Test func nothingKeepsAFileThatNobodyUses() throws {
        weak var freed: MappedFile?
        do {
            let mapped = try MappedFile(path: "\(FixtureTests.folder)/names_latest.h5")
            freed = mapped
            let root = try HDF5File(mapped).root
            #expect(try root.attribute("keras_version")?.string() == "2.15.0")
            #expect(try root.allDatasets().count == 2)
        }
        #expect(freed == nil)
    }

    /// What's held counts against the file's limit; what was given back doesn't.
    @Test func memoryIsGivenBack() throws {
        let root = try file("layouts_latest").root
        let dataset = try root.dataset("growing_far")
        var held: [Tensor] = []
        let code = errorCode { while held.count < 400 { held.append(try dataset.tensor()) } }
        #expect(code == .limitExceeded)
        #expect(held.count > 90)
        held = []
        #expect(try dataset.tensor().count == 135000)
    }

    @Test func textsAndNumbersDontMix() throws {
        let root = try file("types_latest").root
        let asNumbers = errorCode { _ = try root.dataset("text/one").tensor() }
        let asText = errorCode { _ = try root.dataset("scalar").strings() }
        #expect(asNumbers == .unsupported)
        #expect(asText == .unsupported)
        #expect(try root.dataset("scalar").attribute("text")?.string() == "näme")
        let several = errorCode { _ = try root.dataset("scalar").attribute("texts")?.string() }
        #expect(several == .malformed)
    }
}
