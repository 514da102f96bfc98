import Bytes
import Contracts
import GraphIR
import Tensors

/// The header of an `.osteon` file: parsed and checked by itself, without looking at the weights.
struct NativeHeader {
    /// The tensors of the data, in its order.
    private(set) var entries: [SafetensorsEntry] = []
    /// Where the data begins.
    let dataOffset: Int
    /// The signature of the file, which fits its header; nil for none.
    let signature: NativeSignature?
    private var metadata: [JSONValue.Member] = []

    /// The header at the start of `bytes`, followed by `dataCount` bytes of data (which needn't be there).
    init(_ bytes: SharedBytes, dataCount: Int) throws(OsteonError) {
        dataOffset = bytes.count
        let text = bytes.extracting(8...)
        try Self.checkChecksum(text)
        signature = try NativeSignature.checked(in: text, checksum: Self.checksumRange(text))
        var limits = JSONValue.Limits()
        limits.depth = 8
        let json = try JSONValue(parsing: text, limits: limits)
        let members = try json.members()
        guard members.count <= NativeFormat.mostTensors, let first = members.first, first.name == NativeFormat.metadataKey else {
            throw OsteonError(.malformed, "The header doesn't begin with \(NativeFormat.metadataKey), or has too many tensors.")
        }
        metadata = try first.value.members()
        if signature == nil, first.value[NativeFormat.signatureKey] != nil {
            throw OsteonError(.malformed, "A signature stands right behind \"osteon\", in the form the format has for it.")
        }
        for member in members.dropFirst() {
            entries.append(try locating("tensor \(member.name)") { () throws(OsteonError) in try Self.entry(member) })
        }
        try SafetensorsEntry.checkOrder(of: entries, dataCount: dataCount)
    }

    /// Where the header of the file `bytes` ends and its data begins, by its first eight bytes.
    static func end(in bytes: SharedBytes) throws(OsteonError) -> Int {
        guard NativeFormat.recognizes(bytes) else {
            throw OsteonError(.malformed, "Not an .osteon file.", offset: 0)
        }
        let length = UInt64(littleEndian: bytes.load(UInt64.self))
        guard length <= NativeFormat.longestHeader else {
            throw OsteonError(
                .limitExceeded, "The header claims \(length) bytes, \(NativeFormat.longestHeader) at most are read.", offset: 0)
        }
        let end = 8 + Int(length)
        guard end <= bytes.count, end % NativeFormat.alignment == 0 else {
            throw OsteonError(.malformed, "The header's length, \(length), doesn't fit the file.", offset: 0)
        }
        return end
    }

    private static func entry(_ member: JSONValue.Member) throws(OsteonError) -> SafetensorsEntry {
        let entry = try SafetensorsEntry(member)
        guard entry.range.lowerBound % entry.elementType.byteCount == 0 else {
            throw OsteonError(
                .malformed,
                "The data at \(entry.range.lowerBound) isn't aligned to its elements of \(entry.elementType.byteCount) bytes.")
        }
        return entry
    }
}

// MARK: Metadata

extension NativeHeader {
    /// The JSON in a member of `__metadata__`.
    private func json(_ key: String) throws(OsteonError) -> JSONValue {
        try locating("metadata \(key)") { () throws(OsteonError) in
            try JSONValue(parsing: try JSONValue.object(metadata).member(key).string())
        }
    }

    /// The SHA-256 recorded for each tensor, in hexadecimal, in the order of `entries`.
    func digests() throws(OsteonError) -> [String] {
        let members = try json("tensors").members()
        guard members.count == entries.count else {
            throw OsteonError(.malformed, "\(members.count) checksums for \(entries.count) tensors.")
        }
        var result: [String] = []
        for (member, entry) in zip(members, entries) {
            guard UTF8Name(member.name) == UTF8Name(entry.name) else {
                throw OsteonError(.malformed, "The checksum of tensor \"\(entry.name)\" is missing or not in its place.")
            }
            result.append(try member.value.string())
        }
        return result
    }

    /// The model, with the weights given.
    func model(_ tensors: [UTF8Name: Tensor]) throws(OsteonError) -> ModelFile {
        let tool = try json("osteon")
        _ = try tool.members(only: ["format_version", "header_sha256", "tool"])
        let graphJSON = try json("graph")
        let graph = try locating("metadata graph") { () throws(OsteonError) in try GraphDecoder.decode(graphJSON, tensors: tensors) }
        var model = ModelFile(graph: graph, tool: try tool.member("tool").string())
        let contract = try json("contract")
        let provenance = try json("provenance")
        model.descriptions = try locating("metadata contract") { () throws(OsteonError) in
            try PortContract(json: contract).descriptions(for: graph)
        }
        model.provenance = try locating("metadata provenance") { () throws(OsteonError) in try Provenance(json: provenance) }
        let verification = try json("verification")
        model.verification = try locating("metadata verification") { () throws(OsteonError) in try [VerificationEntry](json: verification) }
        _ = try digests()
        model.signature = signature
        if JSONValue.object(metadata)[NativeFormat.imagingKey] != nil {
            let imaging = try json(NativeFormat.imagingKey)
            model.imaging = try locating("metadata imaging") { () throws(OsteonError) in try ImagingContract(json: imaging) }
        }
        if JSONValue.object(metadata)[NativeFormat.memoryKey] != nil {
            let memory = try json(NativeFormat.memoryKey)
            model.memory = try locating("metadata memory") { () throws(OsteonError) in
                let hint = try MemoryHint(json: memory)
                try hint.check(for: graph)
                return hint
            }
        }
        for member in metadata where !NativeFormat.reservedKeys.contains(member.name) {
            guard model.metadata.updateValue(try member.value.string(), forKey: member.name) == nil else {
                throw OsteonError(.malformed, "Two metadata keys look like \"\(member.name)\".")
            }
        }
        return model
    }
}

// MARK: Writing, and the header's checksum

extension NativeHeader {
    /// The length, and the header with its checksum, padded so that the data behind it is aligned.
    static func encode(
        tool: String, metadata: [JSONValue.Member], _ tensors: [StoredTensors.Entry]
    ) throws(OsteonError) -> [UInt8] {
        let own: JSONValue = [
            "format_version": .integer(NativeFormat.version),
            "header_sha256": .string(String(repeating: "0", count: NativeFormat.checksumDigits)),
            "tool": .string(tool),
        ]
        var members = [JSONValue.Member(NativeFormat.metadataKey, .object([.init("osteon", .string(own.text()))] + metadata))]
        var end = 0
        for entry in tensors {
            let start = end
            end = try Checked.add(start, entry.tensor.byteCount)
            members.append(
                .init(
                    entry.name,
                    [
                        "dtype": .string(entry.tensor.elementType.safetensorsName),
                        "shape": .array(entry.tensor.shape.map(JSONValue.integer)),
                        "data_offsets": .array([.integer(start), .integer(end)]),
                    ]))
        }
        let text = try withChecksum(padded(JSONValue.object(members).encoded()))
        return UInt64(text.count).littleEndianBytes + text
    }

    /// The header with spaces behind it, so that the data is aligned.
    static func padded(_ text: [UInt8]) throws(OsteonError) -> [UInt8] {
        let count = try Checked.roundUp(8 + text.count, to: NativeFormat.alignment) - 8
        guard count <= NativeFormat.longestHeader else {
            throw OsteonError(
                .limitExceeded, "The graph takes a header of \(count) bytes; the format allows \(NativeFormat.longestHeader).")
        }
        return text + [UInt8](repeating: 0x20, count: count - text.count)
    }

    /// The whole header with its checksum made anew.
    static func withChecksum(_ header: [UInt8]) throws(OsteonError) -> [UInt8] {
        var text = header
        let place = try checksumRange(SharedBytes(text))
        text.replaceSubrange(place, with: repeatElement(0x30, count: place.count))
        let digest = SHA256Digest(of: text).hexadecimal
        text.replaceSubrange(place, with: digest.utf8)
        return text
    }

    /// Where the 64 digits of the checksum stand in the header.
    /// - Throws: `.unsupported` for another version of the format.
    static func checksumRange(_ text: SharedBytes) throws(OsteonError) -> Range<Int> {
        var position = NativeFormat.opening.count
        var digits = ""
        while position < text.count, (0x30...0x39).contains(text[position]), digits.utf8.count < 10 {
            digits.unicodeScalars.append(Unicode.Scalar(text[position]))
            position += 1
        }
        guard digits == "\(NativeFormat.version)" else {
            throw OsteonError(
                .unsupported, "The file has version \"\(digits)\" of the format, this Osteon reads version \(NativeFormat.version).",
                offset: position)
        }
        let start = position + NativeFormat.beforeChecksum.count
        let end = start + NativeFormat.checksumDigits
        guard end <= text.count, text[position..<start].elementsEqual(NativeFormat.beforeChecksum) else {
            throw OsteonError(.malformed, "The header's checksum is missing.", offset: 8 + position)
        }
        return start..<end
    }

    private static func checkChecksum(_ text: SharedBytes) throws(OsteonError) {
        let place = try checksumRange(text)
        let zeros = [UInt8](repeating: 0x30, count: NativeFormat.checksumDigits)
        let digest = SHA256Digest(of: [
            text.extracting(..<place.lowerBound), SharedBytes(zeros), text.extracting(place.upperBound...),
        ])
        guard text[place].elementsEqual(digest.hexadecimal.utf8) else {
            throw OsteonError(.malformed, "The header is damaged: its checksum isn't the one recorded.", offset: 8)
        }
    }
}
