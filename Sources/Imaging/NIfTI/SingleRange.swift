import Bytes

/// Counts stored voxels whose values single precision, in which images are held, can't: 1e300 would become infinite without a word.
struct SingleRange {
    private let type: NIfTIHeader.DataType
    private let isSwapped: Bool
    private let scaling: (slope: Double, intercept: Double)
    private let isNeeded: Bool
    private var count = 0
    private var largest = 0.0

    /// Beyond the middle between the largest float and the power of two after it, rounding gives infinity.
    private static let limit = 0x1.ffffffp127

    init(_ header: NIfTIHeader) {
        type = header.dataType
        isSwapped = header.isBigEndian
        scaling = type.components == 1 ? header.scaling ?? (1, 0) : (1, 0)
        let most: Double =
            switch type {
            case .u8, .i8, .rgb, .rgba: 255
            case .u16, .i16: 65_535
            case .u32, .i32: 0x1p32
            case .u64, .i64: 0x1p64
            case .f32: Double(Float.greatestFiniteMagnitude)
            case .f64: .infinity
            }
        isNeeded = !(most * abs(scaling.slope) + abs(scaling.intercept) < Self.limit)
    }

    /// Looks at stored voxels.
    mutating func add(_ raw: SharedBytes) {
        guard isNeeded else { return }
        switch type {
        case .f64: scan(raw, UInt64.self) { Double(bitPattern: $0) }
        case .f32: scan(raw, UInt32.self) { Double(Float(bitPattern: $0)) }
        case .u8, .rgb, .rgba: scan(raw, UInt8.self, Double.init)
        case .i8: scan(raw, Int8.self, Double.init)
        case .u16: scan(raw, UInt16.self, Double.init)
        case .i16: scan(raw, Int16.self, Double.init)
        case .u32: scan(raw, UInt32.self, Double.init)
        case .i32: scan(raw, Int32.self, Double.init)
        case .u64: scan(raw, UInt64.self, Double.init)
        case .i64: scan(raw, Int64.self, Double.init)
        }
    }

    private mutating func scan<T: FixedWidthInteger & BitwiseCopyable>(_ raw: SharedBytes, _: T.Type, _ value: (T) -> Double) {
        for offset in stride(from: 0, to: raw.count - MemoryLayout<T>.size + 1, by: MemoryLayout<T>.size) {
            let bits = raw.load(T.self, at: offset)
            let stored = value(isSwapped ? bits.byteSwapped : bits)
            let result = abs(stored * scaling.slope + scaling.intercept)
            if stored.isFinite, result >= Self.limit {
                count += 1
                largest = max(largest, result)
            }
        }
    }

    /// - Throws: `.unsupported` with their number, where there are some.
    func check(of total: Int) throws(OsteonError) {
        guard count > 0 else { return }
        throw OsteonError(
            .unsupported,
            """
            \(count) of \(total) voxels are beyond what single precision holds (the largest is \(largest); 3.4e38 can be). Rescale \
            or replace them first.
            """
        )
    }
}
