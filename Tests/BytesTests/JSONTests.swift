import Foundation
import TestSupport
import Testing

@Suite struct JSONTests {
    @Test func readsEveryKindOfValue() throws {
        let value = try JSONValue(
            parsing: " {\"a\" : [1, -2, 0.5, 1e3, -0.0], \"b\":{},\"c\":[], \"d\":true,\"e\":false,\"f\":null,\"g\":\"x\"} \n")
        #expect(
            value == [
                "a": [1, -2, 0.5, 1000.0, .number(-0.0)], "b": .object([]), "c": .array([]), "d": true, "e": false, "f": nil, "g": "x",
            ])
        #expect(try value.member("a").array()[4].double().sign == .minus)
    }

    @Test(arguments: [
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{c}\n\r\t"), ("\"\\u00e9\\u20AC\"", "é€"), ("\"\\ud83d\\ude00\"", "😀"),
        ("\"é€😀\"", "é€😀"), ("\"\\u0000\"", "\0"), ("\"\"", ""),
    ])
    func readsStrings(_ text: String, _ expected: String) throws {
        #expect(try JSONValue(parsing: text) == .string(expected))
    }

    @Test(arguments: [
        ("9223372036854775807", JSONValue.integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-0", .number(-0.0)), ("1E+2", .number(100)),
        ("123456789012345678901234567890", .number(123_456_789_012_345_678_901_234_567_890)), ("5e-324", .number(5e-324)),
    ])
    func readsNumbers(_ text: String, _ expected: JSONValue) throws {
        let value = try JSONValue(parsing: text)
        #expect(value == expected && value.text() == expected.text())
    }

    /// Some editors begin a text with a byte-order mark.
    @Test func skipsOneByteOrderMark() throws {
        #expect(try JSONValue(parsing: "\u{feff}1") == .integer(1))
        #expect(errorCode { _ = try JSONValue(parsing: "\u{feff}\u{feff}1") } == .malformed)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{1:2}", "tru", "True", "nul", "NaN", "Infinity", "01", "-", "-a", "+1", ".5", "1.", "1e", "1e+", "0x1", "1e999", "-1e999", "'a'",
        "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\ud800x\"", "\"\\udc00\"", "\"a\nb\"",
        "\"\u{1}\"",
        "1 2", "{}{}", "[] x", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "1\0", "// 1", "[1]]",
    ])
    func refusesWhatIsNotJSON(_ text: String) {
        let code = errorCode { _ = try JSONValue(parsing: text) }
        #expect(code == .malformed)
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0x5C, 0x6E, 0xFF, 0x22],
        ] as [[UInt8]])
    func refusesInvalidUTF8(_ bytes: [UInt8]) {
        let code = errorCode { _ = try JSONValue(parsing: SharedBytes(bytes)) }
        #expect(code == .malformed)
    }

    @Test func namesAreComparedByTheirBytes() throws {
        #expect(try JSONValue(parsing: "{\"caf\u{e9}\":1,\"cafe\u{301}\":2}").members().count == 2)
        let many = (0..<20).map { "\"n\($0)\":0" }.joined(separator: ",")
        let code = errorCode { _ = try JSONValue(parsing: "{\(many),\"n3\":1}") }
        #expect(code == .malformed)
        #expect(try JSONValue(parsing: "{\(many)}").members().count == 20)
    }

    @Test func depthAndSizeAreLimited() throws {
        let nested = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        _ = try JSONValue(parsing: nested(512))
        let onDepth = errorCode { _ = try JSONValue(parsing: nested(513)) }
        #expect(onDepth == .limitExceeded)
        let onManyOpen = errorCode { _ = try JSONValue(parsing: String(repeating: "[{\"a\":", count: 100_000)) }
        #expect(onManyOpen == .limitExceeded)
        var limits = JSONValue.Limits()
        limits.byteCount = 3
        let onSize = errorCode { _ = try JSONValue(parsing: "1234", limits: limits) }
        #expect(onSize == .limitExceeded)
    }

    @Test func errorsKnowTheirPlace() {
        do {
            _ = try JSONValue(parsing: "{\"a\": [1, x]}")
            Issue.record("it was read")
        } catch {
            #expect(error.offset == 10)
        }
    }

    @Test func everyDoubleReadsBackTheSame() throws {
        var generator = SplitMix64(seed: 1)
        let special: [Double] = [0.1, 1e16, 1e-5, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1 / 3, 100, 1e22, 123456.789]
        for value in special + (0..<2000).map({ _ in Double(bitPattern: generator.next()) }) where value.isFinite {
            guard case .number(let back) = try JSONValue(parsing: JSONValue.number(value).text()) else {
                Issue.record("\(value) came back as something else")
                continue
            }
            #expect(back.bitPattern == value.bitPattern)
        }
    }

    @Test func writesCompactAndIndented() throws {
        let value: JSONValue = ["a": [1, 2.5, "x\"\u{1}\n"], "b": ["c": nil, "d": .object([])], "e": [["f": true]], "g": .array([])]
        #expect(value.text() == "{\"a\":[1,2.5,\"x\\\"\\u0001\\n\"],\"b\":{\"c\":null,\"d\":{}},\"e\":[{\"f\":true}],\"g\":[]}")
        #expect(
            value.text(.indented) == """
                {
                  "a": [1, 2.5, "x\\"\\u0001\\n"],
                  "b": {
                    "c": null,
                    "d": {}
                  },
                  "e": [
                    {
                      "f": true
                    }
                  ],
                  "g": []
                }
                """)
        #expect(try JSONValue(parsing: value.text(.indented)) == value)
        #expect(JSONValue.array([.number(.nan), .number(.infinity), .number(-.infinity)]).text() == "[\"NaN\",\"Infinity\",\"-Infinity\"]")
    }

    /// Whatever one bit does to a text, it's read or refused, and what's read can be written.
    @Test func everyBitFlipIsSafe() throws {
        let text = Array("{\"a\":[1,-2.5e3,true,null,\"x\\u00e9\\n\"],\"b\":{\"c\":\"d\"}}".utf8)
        for index in text.indices {
            for bit in 0..<8 {
                var changed = text
                changed[index] ^= 1 << UInt8(bit)
                guard let value = try? JSONValue(parsing: SharedBytes(changed)) else { continue }
                #expect(try JSONValue(parsing: value.text()) == value)
            }
        }
    }
}
