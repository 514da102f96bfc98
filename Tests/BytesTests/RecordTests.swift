import TestSupport
import Testing

/// One of each kind of member.
private struct Sample: Record {
    enum Mode: String, JSONEnum { case fast, slow }

    struct Part: Record, Hashable {
        var name = ""
        var weight = 0.0

        init() {}

        mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
            try visitor.member("name", &name)
            try visitor.member("weight", &weight, .magnitude)
        }
    }

    var name = ""
    var mode = Mode.fast
    var count = 0
    var remark = ""
    var note: String?
    var limit: Int?
    var bits = 8
    var parts: [Part] = []
    var table: [String: Int] = [:]
    var digest: String?
    var extent = (width: 1, height: 2)

    init() {}

    mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) {
        try visitor.schema("sample.1")
        try visitor.member("name", &name)
        try visitor.member("mode", &mode)
        try visitor.member("count", &count, .count)
        try visitor.member("remark", &remark, omitting: "")
        try visitor.optional("note", &note)
        try visitor.nullable("limit", &limit)
        try visitor.member("bits", &bits, missing: 8)
        try visitor.member("parts", &parts)
        try visitor.member("table", &table)
        try visitor.optional("digest", &digest, .digest)
        try visitor.begin("extent")
        try visitor.member("width", &extent.width)
        try visitor.member("height", &extent.height)
        visitor.end()
        // The sum is written for readers without arithmetic.
        var total = parts.reduce(0) { $0 + $1.weight }
        try visitor.member("total", &total)
        try visitor.require(total == parts.reduce(0) { $0 + $1.weight }, "The total isn't the sum.")
    }
}

/// The same name, and whatever else.
private struct Lenient: Record {
    static let ignoresUnknownMembers = true
    var name = ""

    mutating func visitMembers<V: RecordVisitor>(_ visitor: inout V) throws(V.Failure) { try visitor.member("name", &name) }
}

@Suite struct RecordTests {
    private static let least =
        #"{"schema":"sample.1","name":"n","mode":"slow","count":2,"limit":null,"bits":7,"parts":[],"table":{},"#
        + #""extent":{"width":1,"height":2},"total":0.0}"#
    private static let full =
        #"{"schema":"sample.1","name":"n","mode":"fast","count":0,"remark":"r","note":"é","limit":3,"bits":8,"#
        + #""parts":[{"name":"a","weight":0.5},{"name":"b","weight":1.5}],"table":{"x":1,"y":2},"#
        + #""digest":""# + String(repeating: "0a", count: 32) + #"","extent":{"width":3,"height":4},"total":2.0}"#

    private func read(_ text: String) throws -> Sample { try Sample(json: JSONValue(parsing: text)) }

    private func refusal(_ old: String, _ new: String) throws -> OsteonError {
        #expect(Self.full.contains(old))
        return try #require(throws: OsteonError.self) { _ = try read(Self.full.replacing(old, with: new)) }
    }

    @Test(arguments: [least, full]) func isWrittenAsItWasRead(text: String) throws {
        #expect(try read(text).json.text() == text)
    }

    @Test func aTableIsWrittenInTheOrderOfItsKeys() throws {
        let swapped = Self.full.replacing(#""x":1,"y":2"#, with: #""y":2,"x":1"#)
        #expect(try read(swapped).json.text() == Self.full)
    }

    @Test func whatMayBeMissingHasItsMeaning() throws {
        let sample = try read(Self.least.replacing(#""bits":7,"#, with: ""))
        #expect(sample.bits == 8 && sample.remark == "" && sample.note == nil && sample.limit == nil && sample.digest == nil)
    }

    @Test func errorsNameTheMember() throws {
        #expect(
            try refusal(#""count":0"#, #""count":-1"#) == OsteonError(.malformed, "Expected a number from 0, found -1.", trail: ["count"]))
        #expect(try refusal(#""weight":1.5"#, #""weight":"x""#).trail == ["weight", "parts"])
        #expect(try refusal(#""y":2"#, #""y":null"#).trail == ["y", "table"])
        #expect(try refusal(#""fast""#, #""faster""#).message == "Expected one of fast, slow, found \"faster\".")
        #expect(try refusal(#""name":"n","#, "").message == "Member \"name\" is missing.")
        #expect(try refusal(#""limit":3,"#, "").message == "Member \"limit\" is missing.")
        #expect(try refusal(#""note":"é""#, #""note":null"#).trail == ["note"])
        #expect(try refusal(#""width":3"#, #""width":null"#).trail == ["width", "extent"])
        #expect(try refusal(#""width":3"#, #""depth":3"#).trail == ["extent"])
        #expect(try refusal(#"{"width":3,"height":4}"#, "3") == OsteonError(.malformed, "Expected an object, found 3.", trail: ["extent"]))
        #expect(try refusal("0a0a", "0A0A").trail == ["digest"])
        #expect(try refusal(#""total":2.0"#, #""total":3"#).message == "The total isn't the sum.")
    }

    @Test func unknownMembersAndSchemasComeFirst() throws {
        let unknown = try refusal(#""name":"n""#, #""nmae":"n""#)
        #expect(unknown.code == .malformed && unknown.message.hasPrefix("Unknown member \"nmae\"; known are schema, name, mode, count"))
        let newer = try refusal(#""sample.1","name":"n""#, #""sample.2","title":"n""#)
        #expect(newer == OsteonError(.unsupported, "The schema is \"sample.2\"; this Osteon reads sample.1."))
        #expect(try refusal(#""schema":"sample.1","#, "").message == "Member \"schema\" is missing.")
        #expect(try Lenient(json: ["other": 1, "name": "n"]).name == "n")
        #expect(errorCode { _ = try Lenient(json: ["n"]) } == .malformed)
    }

    @Test func keysThatLookAlikeAreRefused() throws {
        #expect(try refusal(#""x":1,"y":2"#, #""\u00e9":1,"e\u0301":2"#).message.hasPrefix("Two members look like"))
    }

    @Test func formsReadBackWhatTheyWrite() throws {
        #expect(JSONForm<Double>.brief.write(2) == 2 && JSONForm<Double>.brief.write(2.5) == 2.5)
        for value in [1.5, .infinity, -.infinity] {
            #expect(try JSONForm<Double>.any.read(JSONValue(parsing: JSONForm<Double>.any.write(value).text())) == value)
        }
        #expect(try JSONForm<Double>.any.read("NaN").isNaN)
        #expect(try JSONForm<UInt64>.decimal.read(JSONForm<UInt64>.decimal.write(.max)) == .max)
        #expect(errorCode { _ = try JSONForm<UInt64>.decimal.read("+1") } == .malformed)
        #expect(errorCode { _ = try Float(json: 1e300) } == .malformed)
    }
}
