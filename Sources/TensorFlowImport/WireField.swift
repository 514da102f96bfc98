import Bytes
import FoundationEssentials
import SwiftProtobuf

/// One field of a protobuf message, found without decoding what's in it.
struct WireField {
    var number: Int
    var wireType: Int
    var payload: SharedBytes
    /// Where the field's tag begins.
    var offset: Int

    /// The next field; nil at the end.
    init?(from reader: inout ByteReader) throws(OsteonError) {
        guard !reader.isAtEnd else { return nil }
        offset = reader.position
        let tag = try reader.variableInteger()
        guard tag >> 3 >= 1, tag >> 3 < 1 << 29 else {
            throw OsteonError(.malformed, "A field number out of range.", offset: reader.position)
        }
        number = Int(tag >> 3)
        wireType = Int(tag & 7)
        switch wireType {
        case 0:
            _ = try reader.variableInteger()
            payload = SharedBytes()
        case 1: payload = try reader.read(8)
        case 2: payload = try reader.read(Checked.int(try reader.variableInteger()))
        case 5: payload = try reader.read(4)
        default: throw OsteonError(.malformed, "Wire type \(wireType) isn't one a TensorFlow message has.", offset: reader.position)
        }
    }
}

extension WireField {
    /// The payload as a message of its own.
    /// - Throws: `.malformed` where it isn't one, calling it `what`.
    func decoded<M: Message>(as what: String) throws(OsteonError) -> M {
        try decodeMessage(payload, what)
    }
}

/// A message from `bytes`; what Osteon's subset of it lacks is left out.
/// - Throws: `.malformed` where the bytes aren't one, calling it `what`.
func decodeMessage<M: Message>(_ bytes: SharedBytes, _ what: String) throws(OsteonError) -> M {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    do {
        return try M(serializedBytes: bytes.data, options: options)
    } catch {
        throw OsteonError(.malformed, "\(what) can't be read: the file is damaged, or isn't what it seems (\(error)).")
    }
}
