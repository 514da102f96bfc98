import Bytes

extension ModelParser {
    /// The cell of an RNN, or those stacked in one.
    mutating func cells(_ config: JSONValue, _ place: Place) throws(OsteonError) -> [KerasLayer] {
        if let cell = config["cell"], cell["class_name"] != nil {
            var folder = FolderNames(fixed: "cell")
            return [try layer(cell, place.deeper, &folder)]
        }
        guard let list = config["cells"], case .array(let cells) = list else { return [] }
        var folders = FolderNames(folder: "cells")
        var result: [KerasLayer] = []
        for cell in cells { result.append(try layer(cell, place.deeper, &folders)) }
        return result
    }
}
