import Bytes
import Tensors

/// The type of one element as it lies in the file.
///
/// Opaque elements of two bytes are read as `bf16`: h5py has no such number and stores that of ml_dtypes so.
struct Datatype {
    enum Padding { case nulTerminated, nulPadded, spacePadded }

    enum Kind {
        case number(ElementType, isBigEndian: Bool)
        case fixedString(Padding)
        case variableString
        /// Named for the message that refuses it.
        case unsupported(String)
    }

    let kind: Kind
    /// Bytes of one element.
    let size: Int

    init(_ cursor: inout Cursor) throws(OsteonError) {
        let start = cursor.position
        let first = try cursor.byte()
        let bits = try cursor.unsigned(3)
        size = try cursor.unsigned(4)
        let version = first >> 4
        guard (1...5).contains(version) else {
            throw OsteonError(.unsupported, "Datatype version \(version) isn't supported (1 to 5 are).", offset: start)
        }
        guard size > 0 else { throw OsteonError(.malformed, "A datatype of no bytes.", offset: start) }
        switch first & 15 {
        case 0: kind = try Self.integer(&cursor, bits, size)
        case 1: kind = try Self.float(&cursor, bits, size)
        case 3: kind = .fixedString(bits & 15 == 0 ? .nulTerminated : bits & 15 == 1 ? .nulPadded : .spacePadded)
        case 5 where size == 2: kind = .number(.bf16, isBigEndian: false)
        case 8: kind = try Self.enumeration(&cursor, members: bits & 0xFFFF, version: version)
        case 9 where bits & 15 == 1: kind = .variableString
        case let other:
            let names = [
                2: "time", 4: "bit field", 5: "opaque", 6: "compound", 7: "reference", 9: "variable-length sequence", 10: "array",
                11: "complex number",
            ]
            kind = .unsupported(names[other] ?? "class \(other)")
        }
    }

    private static func integer(_ cursor: inout Cursor, _ bits: Int, _ size: Int) throws(OsteonError) -> Kind {
        let offset = try cursor.unsigned(2)
        let precision = try cursor.unsigned(2)
        guard offset == 0, precision == size * 8 else { return .unsupported("\(precision)-bit integer in \(size) bytes") }
        let isSigned = bits & 8 != 0
        let isBigEndian = bits & 1 != 0
        switch size {
        case 1: return .number(isSigned ? .i8 : .u8, isBigEndian: isBigEndian)
        case 2: return .number(isSigned ? .i16 : .u16, isBigEndian: isBigEndian)
        case 4: return .number(isSigned ? .i32 : .u32, isBigEndian: isBigEndian)
        case 8: return .number(isSigned ? .i64 : .u64, isBigEndian: isBigEndian)
        default: return .unsupported("\(size * 8)-bit integer")
        }
    }

    private static func float(_ cursor: inout Cursor, _ bits: Int, _ size: Int) throws(OsteonError) -> Kind {
        let offset = try cursor.unsigned(2)
        let precision = try cursor.unsigned(2)
        var fields: [Int] = []
        for _ in 0..<4 { fields.append(try cursor.byte()) }
        let bias = try cursor.unsigned(4)
        let isBigEndian = bits & 1 != 0
        let hasImpliedBit = bits >> 4 & 3 == 2
        let sign = bits >> 8 & 0xFF
        // Exponent's place and width, mantissa's place and width, the exponent's bias.
        let known: [(ElementType, [Int], Int)] = [
            (.f16, [10, 5, 0, 10], 15), (.bf16, [7, 8, 0, 7], 127), (.f32, [23, 8, 0, 23], 127), (.f64, [52, 11, 0, 52], 1023),
        ]
        for (type, places, itsBias) in known where type.byteCount == size && places == fields && bias == itsBias {
            guard offset == 0, precision == size * 8, sign == size * 8 - 1, hasImpliedBit, bits & 0x40 == 0 else { break }
            return .number(type, isBigEndian: isBigEndian)
        }
        return .unsupported("\(size * 8)-bit float that isn't IEEE 754's or bfloat16")
    }

    /// Enumerations are read as their integers, and as `bool` where they are FALSE = 0 and TRUE = 1 in one byte.
    private static func enumeration(_ cursor: inout Cursor, members: Int, version: Int) throws(OsteonError) -> Kind {
        let first = try cursor.byte()
        guard first & 15 == 0 else { return .unsupported("enumeration of something other than integers") }
        let bits = try cursor.unsigned(3)
        let size = try cursor.unsigned(4)
        let base = try integer(&cursor, bits, size)
        guard case .number(.i8, _) = base, members == 2 else { return base }
        var names: [String] = []
        for _ in 0..<members {
            var name: [UInt8] = []
            while case let byte = try cursor.byte(), byte != 0 { name.append(UInt8(truncatingIfNeeded: byte)) }
            if version < 3 { try cursor.skip((8 - (name.count + 1) % 8) % 8) }
            names.append(String(decoding: name, as: UTF8.self))
        }
        let values = [try cursor.byte(), try cursor.byte()]
        return names == ["FALSE", "TRUE"] && values == [0, 1] ? .number(.bool, isBigEndian: false) : base
    }
}

extension HDF5File {
    /// The datatype in `data`, or the one committed elsewhere in this file that `data` points to.
    func datatype(_ data: Range<Int>, isShared: Bool) throws(OsteonError) -> Datatype {
        var cursor = try cursor(data)
        guard isShared else { return try Datatype(&cursor) }
        let version = try cursor.byte()
        let kind = try cursor.byte()
        if version == 1 { try cursor.skip(6) }
        guard version <= 3, version < 3 || kind == 2 else {
            throw OsteonError(
                .unsupported, "A message kept in the file's table of shared messages isn't supported.", offset: data.lowerBound)
        }
        let header = try header(at: cursor.definedAddress("a committed datatype"))
        guard let message = header.first(ObjectHeader.MessageType.datatype), !message.isShared else {
            throw OsteonError(.malformed, "There is no committed datatype where one should be.", offset: header.address)
        }
        var target = try self.cursor(message.data)
        return try Datatype(&target)
    }

    /// The dataspace in `data`.
    func dataspace(_ data: Range<Int>, isShared: Bool) throws(OsteonError) -> Dataspace {
        try refuseShared(isShared, at: data)
        var cursor = try cursor(data)
        return try Dataspace(&cursor)
    }

    func refuseShared(_ isShared: Bool, at data: Range<Int>) throws(OsteonError) {
        if isShared {
            throw OsteonError(
                .unsupported, "A message kept in the file's table of shared messages isn't supported.", offset: data.lowerBound)
        }
    }
}
