import Bytes
import Tensors

/// Label volumes as small codes, so that all structures are counted in one pass.
enum LabelCodes {
    /// The largest value a label may have.
    static let largest = WholeNumber.largestLabel

    /// For each voxel 0, or one more than the place of its value in `labels`.
    /// - Throws: `.usage` for labels that repeat, are negative or above 65,535, or are more than 255; `.malformed` for a
    ///   volume of floats that holds something else than whole numbers.
    static func codes(_ volume: Tensor, labels: [Int]) throws(OsteonError) -> [UInt8] {
        guard labels.count <= 255 else { throw OsteonError(.usage, "\(labels.count) labels; 255 can be counted at once.") }
        return try codes(volume, labels) { UInt8($0 + 1) }
    }

    /// For each voxel 1 where its value is one of `labels`, else 0.
    /// - Throws: as `codes`.
    static func union(_ volume: Tensor, labels: [Int]) throws(OsteonError) -> [UInt8] { try codes(volume, labels) { _ in 1 } }

    private static func codes(_ volume: Tensor, _ labels: [Int], _ code: (_ place: Int) -> UInt8) throws(OsteonError) -> [UInt8] {
        guard Set(labels).count == labels.count, labels.allSatisfy({ (0...largest).contains($0) }) else {
            throw OsteonError(.usage, "Labels must be different whole numbers from 0 to \(largest); these are \(labels).")
        }
        try MemoryBudget.current.check(volume.count)
        var table = [UInt8](repeating: 0, count: (labels.max() ?? 0) + 1)
        for (place, label) in labels.enumerated() { table[label] = code(place) }
        return switch volume.elementType {
        case .u8, .bool: integers(volume, UInt8.self, table)
        case .i8: integers(volume, Int8.self, table)
        case .u16: integers(volume, UInt16.self, table)
        case .i16: integers(volume, Int16.self, table)
        case .u32: integers(volume, UInt32.self, table)
        case .i32: integers(volume, Int32.self, table)
        case .u64: integers(volume, UInt64.self, table)
        case .i64: integers(volume, Int64.self, table)
        case .f64: floats(try volume.wholeNumbers(), Double.self, table)
        default: floats(try volume.wholeNumbers(), Float.self, table)
        }
    }

    private static func integers<T: FixedWidthInteger & BitwiseCopyable>(_ volume: Tensor, _ type: T.Type, _ table: [UInt8]) -> [UInt8] {
        let elements = volume.elements(T.self)
        return elements.indices.map { i in
            let place = Int(clamping: elements[i])
            return place >= 0 && place < table.count ? table[place] : 0
        }
    }

    private static func floats<T: BinaryFloatingPoint & BitwiseCopyable>(_ volume: Tensor, _ type: T.Type, _ table: [UInt8]) -> [UInt8] {
        let elements = volume.elements(T.self)
        return elements.indices.map { i in
            let place = Int(exactly: elements[i]) ?? -1
            return place >= 0 && place < table.count ? table[place] : 0
        }
    }
}
