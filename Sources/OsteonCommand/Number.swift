import ArgumentParser
import Bytes

/// Numbers on the command line, each kind with the range it makes sense in: nothing behind an option has to expect NaN, infinity, a
/// negative count or one that sums overflow with.
enum Number {
    /// How many, 1 or more.
    static func count(_ text: String) throws -> Int { try whole(text, from: 1) }

    /// How many, or none.
    static func countOrNone(_ text: String) throws -> Int { try whole(text, from: 0) }

    /// A difference or distance: 0 or more.
    static func tolerance(_ text: String) throws -> Double {
        let value = try finite(text)
        guard value >= 0 else { throw ValidationError("It can't be below 0.") }
        return value
    }

    /// A part of a whole, from 0 to 1.
    static func share(_ text: String) throws -> Double {
        let value = try finite(text)
        guard (0...1).contains(value) else { throw ValidationError("It's a share from 0 to 1.") }
        return value
    }

    static func finite(_ text: String) throws -> Double {
        guard let value = Double(text), value.isFinite else { throw ValidationError("It has to be a number, such as 0.5.") }
        return value
    }

    /// Bytes of memory, written as a size.
    static func memory(_ text: String) throws -> Int {
        guard let bytes = MemorySize.parse(text) else { throw ValidationError("Write a size such as 8GiB or 500MB.") }
        return bytes
    }

    private static func whole(_ text: String, from smallest: Int) throws -> Int {
        let largest = 1_000_000_000
        guard let value = Int(text), (smallest...largest).contains(value) else {
            throw ValidationError("It has to be a whole number from \(smallest) to \(largest).")
        }
        return value
    }
}
