import Container
import Foundation
import TestSupport
import Testing

@Suite struct SignatureTests {
    private static let key = try! SigningKey(bytes: Array(1...32)), other = try! SigningKey(bytes: Array(2...33))

    /// The bytes of a small file with its signature.
    private func signed(_ model: ModelFile) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            try NativeWriter.write(model, to: folder + "/a")
            #expect(try !NativeSigner.sign(folder + "/a", with: Self.key, to: folder + "/b"))
            return try Array(Data(contentsOf: URL(fileURLWithPath: folder + "/b")))
        }
    }

    @Test func aSignedFileHoldsTheSameModel() throws {
        let model = try Samples.model()
        let read = try NativeReader.read(signed(model))
        #expect(read.signature?.publicKey == Self.key.verifyingKey)
        #expect(try summary(read) == summary(model))
        #expect(try signed(model) == signed(model))
    }

    @Test func whatIsWrittenAnewIsNotSigned() throws {
        let model = try Samples.model()
        #expect(try NativeWriter.encoded(NativeReader.read(signed(model))) == NativeWriter.encoded(model))
        #expect(try NativeReader.read(NativeWriter.encoded(model)).signature == nil)
    }

    @Test func signingAgainReplacesTheSignature() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a"
            try NativeWriter.write(Samples.model(), to: path)
            #expect(try !NativeSigner.sign(path, with: Self.other, to: path))
            #expect(try NativeReader.open(path).signature?.publicKey == Self.other.verifyingKey)
            #expect(try NativeSigner.sign(path, with: Self.key, to: path))
            #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == signed(Samples.model()))
        }
    }

    @Test func everyChangedByteIsFound() throws {
        let good = try signed(Samples.tiny())
        for index in good.indices {
            for flip: UInt8 in [1, 0x20, 0x80] {
                var changed = good
                changed[index] ^= flip
                let code = errorCode { _ = try NativeReader.read(changed) }
                #expect(code != nil, "byte \(index)")
            }
        }
    }

    /// Whoever changes the header can make its checksum anew, but no signature.
    @Test func aChangeWithItsChecksumMadeAnewIsFound() throws {
        let good = try signed(Samples.tiny())
        let end = 8 + good.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        let header = Array(good[8..<end])
        // Its digits follow the escaped quotation marks and the colon behind its name.
        let name = Array(#"header_sha256\":\""#.utf8)
        let start = try #require(header.indices.first { header[$0...].starts(with: name) })
        let checksum = start + name.count
        var refused = 0
        for index in header.indices where !(checksum..<checksum + 64).contains(index) {
            var changed = header
            changed[index] ^= 1
            changed.replaceSubrange(checksum..<checksum + 64, with: repeatElement(0x30, count: 64))
            let digest = SHA256Digest(of: changed).hexadecimal
            changed.replaceSubrange(checksum..<checksum + 64, with: digest.utf8)
            // A member of another name is a file without a signature.
            let code = errorCode {
                let model = try NativeReader.read(Array(good[..<8]) + changed + Array(good[end...]))
                #expect(model.signature == nil && !model.metadata.isEmpty, "byte \(index)")
            }
            if code == .verificationFailed { refused += 1 }
        }
        #expect(refused > 500)
    }

    @Test func aDamagedFileIsNotSigned() throws {
        try withTemporaryFolder { folder in
            var bytes = try NativeWriter.encoded(Samples.tiny())
            bytes[bytes.count - 1] ^= 1
            try AtomicFile.write(bytes, to: folder + "/a")
            let code = errorCode { try NativeSigner.sign(folder + "/a", with: Self.key, to: folder + "/b") }
            #expect(code == .malformed)
            #expect(!FileManager.default.fileExists(atPath: folder + "/b"))
        }
    }
}
