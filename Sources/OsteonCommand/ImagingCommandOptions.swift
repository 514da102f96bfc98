import ArchiveImport
import ArgumentParser
import Bytes
import Imaging
import Workflows

/// How a model is applied to images, for every command that takes scans.
struct ImagingCommandOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The sliding window's extents; by default the archive's.", valueName: "96x96x96"))
    var window: String?

    @Option(help: ArgumentHelp("The share of a window that the next one overlaps.", valueName: "0…1"), transform: Number.share)
    var overlap: Double?

    @Option(help: ArgumentHelp("How overlapping windows are weighted: constant or gaussian.", valueName: "blend"))
    var blend: String?

    @Option(help: ArgumentHelp("Where windows stand, and the Gaussian's exact form: monai or nnunet.", valueName: "stepping"))
    var stepping = "monai"

    @Option(
        help: ArgumentHelp(
            "The padding of an image smaller than the window: constant, edge, reflect, symmetric or circular.", valueName: "padding"))
    var padding: String?

    @Option(help: ArgumentHelp("Windows given to the network at once.", valueName: "n"), transform: Number.count)
    var batch: Int?

    @Option(
        help: ArgumentHelp(
            """
            Which of the archive's pipelines: scans (the one that takes scans as they are), preferred (the first, which may expect \
            converted data), or the name of a configuration file.
            """,
            valueName: "pipeline"))
    var pipeline = "scans"

    @Option(
        help: ArgumentHelp(
            "Transforms in place of the archive's: JSON with pre_transforms, inferer and post_transforms in Clara's or MONAI's syntax.",
            valueName: "file.json"))
    var transforms: String?

    @Option(
        help: ArgumentHelp(
            "The orientation of the axes where the archive doesn't specify it: three letters, or as-stored.", valueName: "RAS"))
    var orientation = "RAS"

    @Option(help: ArgumentHelp("How values become a mask where the model doesn't specify it: argmax or threshold.", valueName: "decision"))
    var decide: String?

    func options() throws(OsteonError) -> ImagingOptions {
        var options = ImagingOptions()
        options.window = try window.map { (text) throws(OsteonError) in try ShapeArgument.extents(text) }
        if let window = options.window, window.contains(where: { $0 < 1 }) || !(2...3).contains(window.count) {
            throw OsteonError(.usage, "--window takes two or three extents above 0, such as 96x96x96.")
        }
        options.overlap = overlap
        options.blend = try blend.map { (text) throws(OsteonError) in try Self.choice(text, "--blend") }
        options.stepping = try Self.choice(stepping, "--stepping")
        options.padding = try padding.map { (text) throws(OsteonError) in try Padding(name: text) }
        options.batch = batch
        options.decision = try decide.map { (text) throws(OsteonError) in try Self.choice(text, "--decide") }
        options.orientation = orientation.lowercased() == "as-stored" ? .asStored : .orientation(try Orientation(orientation))
        options.ownPipeline = try transforms.map { (path) throws(OsteonError) in try PipelineFile.read(path) }
        options.pipeline = pipeline == "scans" ? .forScans : pipeline == "preferred" ? .preferred : .named(pipeline)
        return options
    }

    private static func choice<T: RawRepresentable & CaseIterable>(_ text: String, _ option: String) throws(OsteonError) -> T
    where T.RawValue == String {
        guard let value = T(rawValue: text.lowercased()) else {
            throw OsteonError(.usage, "\(option) \(text) is none of \(T.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return value
    }
}

/// Points as `X,Y,Z` on the command line.
enum PointArguments {
    static func parse(_ texts: [String]) throws(OsteonError) -> [[Int]] {
        var points: [[Int]] = []
        for text in texts {
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            let whole = parts.compactMap { $0 }
            guard whole.count == parts.count, (2...3).contains(whole.count) else {
                throw OsteonError(.usage, "--point \(text): write a voxel's indices, as 97,113,148.")
            }
            points.append(whole)
        }
        return points
    }
}
