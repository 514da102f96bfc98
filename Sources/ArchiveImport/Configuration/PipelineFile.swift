import Bytes
import Contracts

/// A pipeline written by hand, for models whose archive says nothing about images: JSON in Clara's or MONAI's words.
package enum PipelineFile {
    private static let largestFile = 4 << 20

    /// Reads an object with `pre_transforms` (or `preprocessing`), `inferer` and `post_transforms` (or `postprocessing`), each
    /// component `{"name": …, "args": {…}}` or `{"_target_": …}`; or a bare list of transforms. Words about the file (`description`,
    /// `version`, …) may stand beside them, other members are an error.
    /// - Throws: `.malformed` where it's neither.
    package static func read(_ path: String) throws(OsteonError) -> ImagingPipeline {
        try locating(path) { () throws(OsteonError) in
            let file = try MappedFile(path: path)
            guard file.count <= largestFile else {
                throw OsteonError(.limitExceeded, "A pipeline of \(file.count) bytes; \(largestFile) at most are read.")
            }
            return try read(json: JSONValue(parsing: file.bytes), source: path)
        }
    }

    static func read(json: JSONValue, source: String) throws(OsteonError) -> ImagingPipeline {
        var pipeline = ImagingPipeline(source: source)
        var reader = ComponentReader()
        if case .array = json {
            reader.isMONAI = ComponentReader.areMONAI(json)
            pipeline.preprocessing = try reader.list(json, "the list")
        } else {
            try KnownMembers.check(json, KnownMembers.pipeline)
            let before = json["pre_transforms"] ?? json["preprocessing"]
            reader.isMONAI = ComponentReader.areMONAI(before)
            pipeline.preprocessing = try reader.list(before, "pre_transforms")
            pipeline.postprocessing = try reader.list(json["post_transforms"] ?? json["postprocessing"], "post_transforms")
            if let inferer = json["inferer"], let component = try reader.component(inferer, "inferer") {
                pipeline.window = ImagingWindow(inferer: component)
                guard pipeline.window != nil else {
                    throw OsteonError(.malformed, "The inferer \(component.originalName ?? component.name) isn't known to Osteon.")
                }
            }
        }
        if let note = reader.notes.first { throw OsteonError(.malformed, note) }
        guard !pipeline.preprocessing.isEmpty || !pipeline.postprocessing.isEmpty || pipeline.window != nil else {
            throw OsteonError(.malformed, "The file has neither pre_transforms nor post_transforms nor an inferer.")
        }
        return pipeline
    }
}
