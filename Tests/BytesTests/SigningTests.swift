import Bytes
import Foundation
import TestSupport
import Testing

@Suite struct SigningTests {
    /// As `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` wrote them.
    static let privatePEM = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----

        """
    static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
        -----END PUBLIC KEY-----

        """

    /// The first test vector of RFC 8032, section 7.1: the signature of no bytes.
    @Test func signsAsTheStandardDoes() throws {
        let key = try SigningKey(pem: Self.privatePEM)
        #expect(SHA256Digest.hexadecimal(key.verifyingKey.bytes) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let signature = try key.signature(of: [])
        #expect(
            SHA256Digest.hexadecimal(signature)
                == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        )
        #expect(key.verifyingKey.accepts(signature, of: []))
        #expect(!key.verifyingKey.accepts(signature, of: [0]))
        #expect(!key.verifyingKey.accepts(Array(signature.dropLast()), of: []))
    }

    @Test func keysAreWrittenAsOpensslWritesThem() throws {
        let key = try SigningKey(pem: Self.privatePEM)
        #expect(key.pem == Self.privatePEM)
        #expect(key.verifyingKey.pem == Self.publicPEM)
        #expect(try VerifyingKey(pem: Self.publicPEM) == key.verifyingKey)
        #expect(try VerifyingKey(pem: "text before\r\n" + Self.publicPEM.replacingOccurrences(of: "\n", with: "\r\n")) == key.verifyingKey)
        let fresh = try SigningKey()
        #expect(try SigningKey(pem: fresh.pem).verifyingKey == fresh.verifyingKey)
        #expect(fresh.verifyingKey != key.verifyingKey)
    }

    /// A point of small order as a key accepts one signature for many messages; each encoding of y, with either sign of x.
    @Test func keysOfSmallOrderAreRefused() throws {
        let ones = String(repeating: "ff", count: 30)
        let coordinates = [
            String(repeating: "00", count: 32), "01" + String(repeating: "00", count: 31),
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "ec\(ones)7f", "ed\(ones)7f", "ee\(ones)7f",
        ]
        for coordinate in coordinates {
            for sign: UInt8 in [0, 0x80] {
                var key = bytes(coordinate)
                key[31] |= sign
                let error = #expect(throws: OsteonError.self) { try VerifyingKey(bytes: key) }
                #expect(error?.message.contains("small order") == true)
            }
        }
        // The base point's order is a large prime.
        _ = try VerifyingKey(bytes: bytes("58" + String(repeating: "66", count: 31)))
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        stride(from: 0, to: hexadecimal.count, by: 2).compactMap { start in
            UInt8(hexadecimal.dropFirst(start).prefix(2), radix: 16)
        }
    }

    private func pem(_ label: String, _ bytes: [UInt8]) -> String {
        "-----BEGIN \(label)-----\n\(Data(bytes).base64EncodedString())\n-----END \(label)-----\n"
    }

    @Test func otherKeysAreRefusedByName() {
        let rsa: [UInt8] = [
            0x30, 0x11, 0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x00,
        ]
        let ed448: [UInt8] = [0x30, 0x0E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x71, 0x04, 0x02, 0x04, 0x00]
        let cases: [(String, OsteonError.Code, String)] = [
            (pem("PUBLIC KEY", rsa), .unsupported, "RSA"), (pem("PRIVATE KEY", ed448), .unsupported, "Ed448"),
            (pem("ENCRYPTED PRIVATE KEY", [1]), .unsupported, "encrypted"), (pem("OPENSSH PRIVATE KEY", [1]), .unsupported, "OPENSSH"),
            ("", .malformed, "PEM"), (pem("PRIVATE KEY", []), .malformed, "cut short"),
            ("-----BEGIN PUBLIC KEY-----\nMCow", .malformed, "cut short"),
            ("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----", .malformed, "base 64"),
        ]
        func readPrivate(_ text: String) throws(OsteonError) { _ = try SigningKey(pem: text) }
        func readPublic(_ text: String) throws(OsteonError) { _ = try VerifyingKey(pem: text) }
        let readers: [(String) throws(OsteonError) -> Void] = [readPrivate, readPublic]
        for (text, code, word) in cases {
            for read in readers {
                do throws(OsteonError) {
                    try read(text)
                    Issue.record("\(text) was read")
                } catch {
                    // The other kind of key is refused by its label alone.
                    let isOther = error.message.contains("This is a p") || error.message.contains("isn't read")
                    #expect(isOther || (error.code == code && error.message.contains(word)), "\(error)")
                }
            }
        }
    }

    /// Every cut and every changed byte of a key either gives an error or another key; nothing traps.
    @Test func damagedKeysDoNotTrap() throws {
        let der = Array(try #require(Data(base64Encoded: "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g")))
        for count in 0..<der.count {
            #expect(throws: OsteonError.self) { try SigningKey(pem: pem("PRIVATE KEY", Array(der.prefix(count)))) }
        }
        for index in 0..<16 {
            for flip: UInt8 in [1, 0x80, 0xFF] {
                var damaged = der
                damaged[index] ^= flip
                // Version 1 is one too.
                if index == 4, flip == 1 { continue }
                #expect(throws: OsteonError.self, "byte \(index)") { try SigningKey(pem: pem("PRIVATE KEY", damaged)) }
            }
        }
        #expect(throws: OsteonError.self) { try SigningKey(pem: pem("PRIVATE KEY", der + [0])) }
    }

    @Test func secretsAreForTheirOwnerOnly() throws {
        try withTemporaryFolder { (folder: String) throws in
            let path = folder + "/secret"
            #expect(try AtomicFile.write(new: Array("s".utf8), to: path, isSecret: true))
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            #expect(try !AtomicFile.write(new: Array("t".utf8), to: path, isSecret: true))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "s")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["secret"])
        }
    }
}
