extension Array where Element == UInt8 {
    /// `withUnsafeBytes` with a typed error.
    package func withRawBytes<T>(
        _ body: (UnsafeRawBufferPointer) throws(OsteonError) -> T
    ) throws(OsteonError) -> T {
        try withUnsafeBufferPointer { (buffer) throws(OsteonError) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
