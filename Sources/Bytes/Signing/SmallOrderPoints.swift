/// The encodings of the points of edwards25519 whose order divides 8 (RFC 8032, section 5.1).
///
/// Where such a point is taken for a public key A, the term of the message in R + h·A vanishes for every message or for one in eight, so
/// that one signature fits many messages. libcrypto checks signatures without the cofactor and takes such keys.
enum SmallOrderPoints {
    /// The y coordinates, little-endian, also those that aren't reduced modulo p = 2²⁵⁵ − 19.
    private static let coordinates: [[UInt8]] = [
        number(0),  // order 4
        number(1),  // order 1
        // order 8
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
        nearPrime(0xEC),  // p - 1: order 2
        nearPrime(0xED),  // p, as 0
        nearPrime(0xEE),  // p + 1, as 1
    ]

    /// Whether these 32 bytes encode such a point; the sign of x, their last bit, doesn't matter.
    static func contains(_ key: [UInt8]) -> Bool {
        guard var last = key.last else { return false }
        last &= 0x7F
        let coordinate = key.dropLast() + [last]
        return coordinates.contains { $0.elementsEqual(coordinate) }
    }

    private static func number(_ small: UInt8) -> [UInt8] { [small] + [UInt8](repeating: 0, count: 31) }

    /// 2²⁵⁵ − 256 + `low`.
    private static func nearPrime(_ low: UInt8) -> [UInt8] { [low] + [UInt8](repeating: 0xFF, count: 30) + [0x7F] }
}
