import Bytes

/// Who vouches for a file: an Ed25519 signature of its header, which holds the digests of all the rest.
///
/// It's the member `signature` of `__metadata__`, right behind `osteon`; `formats/osteon.md` says which bytes are signed.
package struct NativeSignature: Sendable, Hashable {
    package var publicKey: VerifyingKey
    /// 64 bytes.
    package var signature: [UInt8]

    static let algorithm = "ed25519"

    /// The parts of the member around its two values, as they stand in a header.
    private static let opening = Array(#","signature":"{\"algorithm\":\"ed25519\",\"public_key\":\""#.utf8)
    private static let between = Array(#"\",\"signature\":\""#.utf8)
    private static let closing = Array(#"\"}""#.utf8)
    private static let keyDigits = 64, signatureDigits = 128
    private static let byteCount = opening.count + keyDigits + between.count + signatureDigits + closing.count
    /// Set before what is signed, so that a signature of something else never fits here.
    private static let context = "osteon.signature.1\n"

    /// Where the member stands in a header, from the comma before it to the quotation mark at its end.
    struct Place {
        var member: Range<Int>
        var key: Range<Int>
        var signature: Range<Int>
    }

    /// The place of the member in a header, or the place where it would be put.
    /// - Throws: `.malformed` where a member of this name has another form.
    static func place(in header: SharedBytes) throws(OsteonError) -> (place: Place, isThere: Bool) {
        // The string `osteon`: its quotation marks are escaped, so the first bare one ends it.
        var position = NativeFormat.ownStart
        while position < header.count, header[position] != UInt8(ascii: "\"") { position += header[position] == UInt8(ascii: "\\") ? 2 : 1 }
        let start = position + 1
        guard start <= header.count else { throw OsteonError(.malformed, "The header is cut short.", offset: 8) }
        let key = start + opening.count..<start + opening.count + keyDigits
        let signature = key.upperBound + between.count..<key.upperBound + between.count + signatureDigits
        let place = Place(member: start..<start + byteCount, key: key, signature: signature)
        let name = Array(#","signature""#.utf8)
        guard start + name.count <= header.count, header[start..<start + name.count].elementsEqual(name) else { return (place, false) }
        guard place.member.upperBound <= header.count,
            header[start..<key.lowerBound].elementsEqual(opening),
            header[key.upperBound..<signature.lowerBound].elementsEqual(between),
            header[signature.upperBound..<place.member.upperBound].elementsEqual(closing)
        else { throw OsteonError(.malformed, "The signature isn't in the form the format has for it.", offset: 8 + start) }
        return (place, true)
    }

    /// The signature in a header that has one; nil in one that hasn't.
    /// - Throws: `.malformed` for one in another form; `.verificationFailed` where it doesn't fit the header.
    static func checked(in header: SharedBytes, checksum: Range<Int>) throws(OsteonError) -> NativeSignature? {
        let (place, isThere) = try place(in: header)
        guard isThere else { return nil }
        guard let key = bytes(header[place.key]), let signature = bytes(header[place.signature]) else {
            throw OsteonError(.malformed, "The signature isn't hexadecimal.", offset: 8 + place.key.lowerBound)
        }
        let result = NativeSignature(publicKey: try VerifyingKey(bytes: key), signature: signature)
        guard result.publicKey.accepts(signature, of: message(header, checksum: checksum, place)) else {
            throw OsteonError(.verificationFailed, "The signature doesn't fit: the file was changed after it was signed.")
        }
        return result
    }

    /// What is signed: the context, and the SHA-256 of the header with its checksum and the signature as zeros, in
    /// hexadecimal, with a line feed at the end.
    private static func message(_ header: SharedBytes, checksum: Range<Int>, _ place: Place) -> [UInt8] {
        let zeros = SharedBytes([UInt8](repeating: 0x30, count: max(signatureDigits, checksum.count)))
        let digest = SHA256Digest(of: [
            header.extracting(..<checksum.lowerBound), zeros.extracting(..<checksum.count),
            header.extracting(checksum.upperBound..<place.signature.lowerBound), zeros.extracting(..<signatureDigits),
            header.extracting(place.signature.upperBound...),
        ])
        return Array((context + digest.hexadecimal + "\n").utf8)
    }

    /// The header with a new signature, without one it has; checksum and padding made anew.
    /// - Parameter header: the `N` bytes of a valid header.
    static func signed(_ header: [UInt8], by key: SigningKey) throws(OsteonError) -> [UInt8] {
        var text = try removed(from: header)
        let (place, _) = try Self.place(in: SharedBytes(text))
        let zeros = [UInt8](repeating: 0x30, count: signatureDigits)
        let member = opening + Array(SHA256Digest.hexadecimal(key.verifyingKey.bytes).utf8) + between + zeros + closing
        text.insert(contentsOf: member, at: place.member.lowerBound)
        text = try NativeHeader.padded(text)
        let bytes = SharedBytes(text)
        let signed = message(bytes, checksum: try NativeHeader.checksumRange(bytes), place)
        text.replaceSubrange(place.signature, with: SHA256Digest.hexadecimal(try key.signature(of: signed)).utf8)
        return try NativeHeader.withChecksum(text)
    }

    /// The header without its signature and padding; the checksum is left as it was.
    private static func removed(from header: [UInt8]) throws(OsteonError) -> [UInt8] {
        let (place, isThere) = try Self.place(in: SharedBytes(header))
        var text = header
        while text.last == 0x20 { text.removeLast() }
        if isThere { text.removeSubrange(place.member) }
        return text
    }

    /// The bytes lower-case hexadecimal digits stand for.
    private static func bytes(_ digits: Slice<SharedBytes>) -> [UInt8]? {
        func value(_ digit: UInt8) -> UInt8? {
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
        var result: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = value(digit) else { return nil }
            if let upper = high {
                result.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? result : nil
    }
}

/// Signs `.osteon` files.
package enum NativeSigner {
    /// Writes the file at `path` with a signature as the file at `destination`, which may be the same; all but the signature,
    /// the header's checksum and its padding stays byte for byte. A signature that was there is replaced.
    /// - Returns: whether one was replaced.
    /// - Throws: what `NativeReader.open` throws: only a file that's whole is signed.
    @discardableResult
    package static func sign(_ path: String, with key: SigningKey, to destination: String) throws(OsteonError) -> Bool {
        let file = try MappedFile(path: path)
        return try locating(path) { () throws(OsteonError) in
            let model = try NativeReader.read(file.bytes)
            let end = try NativeHeader.end(in: file.bytes)
            let header = try NativeSignature.signed(Array(file.bytes[8..<end]), by: key)
            let start = SharedBytes(UInt64(header.count).littleEndianBytes + header)
            _ = try NativeHeader(start, dataCount: file.count - end)
            try AtomicFile.write([start, file.bytes.extracting(end...)], to: destination, replacing: path)
            return model.signature != nil
        }
    }
}
