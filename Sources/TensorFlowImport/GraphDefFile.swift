import Bytes
import Foundation
import SwiftProtobuf
import WireFormats

/// The outermost layer of a frozen graph: telling one by its bytes, and decoding it within limits.
enum GraphDefFile {
    /// Most nodes a file or a function may have.
    static let nodeLimit = 1_000_000

    /// Whether the first message in `bytes` reads as a TensorFlow node: what a GraphDef begins with.
    static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var reader = ByteReader(bytes)
        while let field = try? TopLevelField(from: &reader) {
            switch (field.number, field.wireType) {
            case (1, 2): return isNode(field.payload)
            // Functions and versions may come before the nodes.
            case (2, 2), (4, 2), (5, 2), (3, 0): continue
            default: return false
            }
        }
        return false
    }

    private static func isNode(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var reader = ByteReader(bytes)
        var name: String?
        while let field = try? TopLevelField(from: &reader) {
            guard field.wireType == 2, field.number >= 1, field.number <= 7 else { return false }
            if field.number == 1 { name = String(validating: field.payload, as: UTF8.self) }
            guard field.number == 2 else { continue }
            let operation = String(validating: field.payload, as: UTF8.self) ?? ""
            return name?.isEmpty == false && isIdentifier(operation)
        }
        return false
    }

    /// Whether `text` could name a TensorFlow operation.
    private static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 256 else { return false }
        guard first == 0x5F || (0x41 ... 0x5A).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            byte == 0x5F || byte == 0x3E || (0x30 ... 0x39).contains(byte) || (0x41 ... 0x5A).contains(byte)
                || (0x61 ... 0x7A).contains(byte)
        }
    }

    /// Decodes a whole GraphDef.
    /// - Throws: `.malformed` where the bytes aren't one, `.limitExceeded` for more than a million nodes.
    static func decode(_ file: MappedFile) throws(OsteonError) -> Tensorflow_GraphDef {
        try withExtendedLifetime(file) { () throws(OsteonError) in
            var reader = ByteReader(file.bytes)
            var count = 0
            while let field = try TopLevelField(from: &reader) {
                if field.number == 1 { count += 1 }
                guard count <= nodeLimit else {
                    throw OsteonError(.limitExceeded, "The graph has more than \(nodeLimit) nodes.")
                }
            }
            guard count > 0 else {
                throw OsteonError(.malformed, "There's no node in the file: it isn't a TensorFlow graph, or it's empty.")
            }
            do {
                return try Tensorflow_GraphDef(serializedBytes: file.borrowedData)
            } catch {
                throw OsteonError(.malformed, "The file isn't a TensorFlow graph, or is damaged (\(error)).")
            }
        }
    }
}

/// One field of a protobuf message, found without decoding what's in it.
private struct TopLevelField {
    var number: Int
    var wireType: Int
    var payload: UnsafeRawBufferPointer

    /// The next field; nil at the end.
    init?(from reader: inout ByteReader) throws(OsteonError) {
        guard !reader.isAtEnd else { return nil }
        let tag = try reader.variableInteger()
        guard tag >> 3 >= 1, tag >> 3 < 1 << 29 else {
            throw OsteonError(.malformed, "A field number out of range.", offset: reader.position)
        }
        number = Int(tag >> 3)
        wireType = Int(tag & 7)
        switch wireType {
        case 0:
            _ = try reader.variableInteger()
            payload = UnsafeRawBufferPointer(start: nil, count: 0)
        case 1: payload = try reader.read(8)
        case 2: payload = try reader.read(Checked.int(try reader.variableInteger()))
        case 5: payload = try reader.read(4)
        default: throw OsteonError(.malformed, "Wire type \(wireType) isn't one of a GraphDef.", offset: reader.position)
        }
    }
}
