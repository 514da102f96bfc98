import Bytes

/// Bob Jenkins' lookup3 hash (`hashlittle`, initial value 0), the checksum of HDF5's metadata.
/// Source: Jenkins 2006, burtleburtle.net/bob/c/lookup3.c (public domain), as the format's specification asks.
package func lookup3(_ bytes: SharedBytes) -> UInt32 {
    let count = bytes.count
    var a = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: count)
    var b = a
    var c = a
    var position = 0
    func word(_ offset: Int) -> UInt32 { UInt32(littleEndian: bytes.load(UInt32.self, at: position + offset)) }
    while count - position > 12 {
        a &+= word(0)
        b &+= word(4)
        c &+= word(8)
        mix(&a, &b, &c)
        position += 12
    }
    guard position < count else { return c }
    var tail: (UInt32, UInt32, UInt32) = (0, 0, 0)
    for index in position..<count {
        let at = index - position
        let value = UInt32(bytes[index]) << UInt32(at % 4 * 8)
        switch at / 4 {
        case 0: tail.0 |= value
        case 1: tail.1 |= value
        default: tail.2 |= value
        }
    }
    a &+= tail.0
    b &+= tail.1
    c &+= tail.2
    finish(&a, &b, &c)
    return c
}

private func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 { value &<< count | value &>> (32 - count) }

private func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    a &-= c
    a ^= rotated(c, 4)
    c &+= b
    b &-= a
    b ^= rotated(a, 6)
    a &+= c
    c &-= b
    c ^= rotated(b, 8)
    b &+= a
    a &-= c
    a ^= rotated(c, 16)
    c &+= b
    b &-= a
    b ^= rotated(a, 19)
    a &+= c
    c &-= b
    c ^= rotated(b, 4)
    b &+= a
}

private func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    c ^= b
    c &-= rotated(b, 14)
    a ^= c
    a &-= rotated(c, 11)
    b ^= a
    b &-= rotated(a, 25)
    c ^= b
    c &-= rotated(b, 16)
    a ^= c
    a &-= rotated(c, 4)
    b ^= a
    b &-= rotated(a, 14)
    c ^= b
    c &-= rotated(b, 24)
}
