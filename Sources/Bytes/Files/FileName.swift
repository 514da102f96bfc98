/// Names of files made of other text.
package enum FileName {
    /// `text` with each character outside `A-Za-z0-9_-` and `others` as `_`.
    package static func plain(_ text: String, allowing others: String = "") -> String {
        String(
            text.map { character in
                guard let byte = character.asciiValue else { return "_" }
                let isPlain =
                    switch byte {
                    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "_"), UInt8(ascii: "-"):
                        true
                    default: others.utf8.contains(byte)
                    }
                return isPlain ? Character(Unicode.Scalar(byte)) : "_"
            })
    }
}
