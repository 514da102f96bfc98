import Bytes
import Tensors

/// The fixed parts of the `.osteon` format, version 1; `formats/osteon.md` is the norm.
package enum NativeFormat {
    package static let version = 1
    package static let fileExtension = "osteon"

    /// The data begins at a multiple of this.
    static let alignment = 64
    /// The longest header safetensors allows.
    static let longestHeader = SafetensorsEntry.longestHeader
    static let mostTensors = 1_000_000

    static let metadataKey = SafetensorsEntry.metadataKey
    /// Every header begins with this and the version's digits.
    static let opening = Array(#"{"__metadata__":{"osteon":"{\"format_version\":"#.utf8)
    /// Where the content of the string `osteon` begins in a header.
    static let ownStart = #"{"__metadata__":{"osteon":""#.utf8.count
    /// What lies between the version and the 64 digits of the header's checksum.
    static let beforeChecksum = Array(#",\"header_sha256\":\""#.utf8)
    static let checksumDigits = 64

    /// The members of `__metadata__` that a file may have.
    static let imagingKey = "imaging"
    static let memoryKey = "memory"
    /// Another one, of a file that's signed.
    static let signatureKey = "signature"
    /// The members of `__metadata__` that are the format's own; others are carried verbatim.
    static let reservedKeys = ["osteon", "graph", "contract", "provenance", "tensors", "verification", imagingKey, memoryKey, signatureKey]

    /// Whether `bytes`, the start of a file, are those of an `.osteon` file of any version.
    package static func recognizes(_ bytes: SharedBytes) -> Bool {
        bytes.count >= 8 + opening.count && bytes[8..<8 + opening.count].elementsEqual(opening)
    }
}
