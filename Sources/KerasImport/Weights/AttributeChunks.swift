import Bytes
import HDF5

extension HDF5Group {
    /// The strings of the attribute `name`, which Keras splits into `name0`, `name1`… where it's long; nil without it.
    func kerasNames(_ name: String) throws(OsteonError) -> [String]? {
        // An empty NumPy array is written as an attribute of floats without elements.
        if let attribute = try attribute(name) { return attribute.shape.contains(0) ? [] : try attribute.strings() }
        var result: [String] = []
        var chunk = 0
        while let attribute = try attribute("\(name)\(chunk)") {
            result += attribute.shape.contains(0) ? [] : try attribute.strings()
            chunk += 1
        }
        return chunk == 0 ? nil : result
    }

    /// The text of an attribute; nil without it.
    func kerasText(_ name: String) throws(OsteonError) -> String? { try attribute(name)?.string() }
}
