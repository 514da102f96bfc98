import Bytes

/// One entry of a file's `verification`.
package enum VerificationEntry: JSONCodable, Hashable {
    case record(VerificationRecord)
    /// An object of a kind or version this Osteon doesn't know, carried as it is.
    case other(JSONValue)

    package var json: JSONValue {
        switch self {
        case .record(let record): record.json
        case .other(let json): json
        }
    }

    /// - Throws: `.malformed` for what is no object, or says it's a record and isn't.
    package init(json: JSONValue) throws(OsteonError) {
        _ = try json.members()
        self = json["schema"] == .string(VerificationRecord.schema) ? .record(try VerificationRecord(json: json)) : .other(json)
    }

    /// nil for an entry this version doesn't know.
    package var record: VerificationRecord? { if case .record(let record) = self { record } else { nil } }

    /// The entry as it's carried by a model made from this one whose results differ: it informs, and isn't repeated.
    package var inherited: VerificationEntry {
        guard case .record(var record) = self else { return self }
        record.isInherited = true
        return .record(record)
    }
}
