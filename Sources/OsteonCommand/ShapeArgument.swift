import Bytes
import Workflows

/// Shapes on the command line: `1x1x96x96x96`, the spatial extents alone (`96x96x96`), or one input's (`image=96x96x96`).
enum ShapeArgument {
    /// - Throws: `.usage` for what is no shape.
    static func extents(_ text: String) throws(OsteonError) -> [Int] {
        if text == "[]" || text == "()" { return [] }
        var extents: [Int] = []
        for part in text.split(separator: "x", omittingEmptySubsequences: false) {
            guard let extent = Int(part), extent >= 0 else {
                throw OsteonError(.usage, "\"\(text)\" is no shape; write the extents with x between them, as 1x1x96x96x96.")
            }
            extents.append(extent)
        }
        try ShapeRequest.check(extents)
        return extents
    }

    static func requests(_ arguments: [String]) throws(OsteonError) -> [ShapeRequest] {
        try arguments.map { (text) throws(OsteonError) in
            guard let equals = text.lastIndex(of: "=") else { return ShapeRequest(try extents(text)) }
            return ShapeRequest(input: String(text[..<equals]), try extents(String(text[text.index(after: equals)...])))
        }
    }

    /// Those of one file, with commas between them.
    static func requests(ofOneFile text: String) throws(OsteonError) -> [ShapeRequest] {
        try requests(text.split(separator: ",").map(String.init))
    }
}
