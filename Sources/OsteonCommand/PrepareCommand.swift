import ArgumentParser
import Bytes
import Contracts
import Glibc
import Imaging
import Tensors
import Workflows

/// `osteon prepare`: what a network would see of an image.
struct PrepareCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Apply a model's transforms to an image and write what the network would see.",
        discussion: """
            The transforms are those of --model, or of --transforms FILE.json alone. A .npy result is the network's input \
            [1, channels, extents…]; a .nii.gz result lies where the voxels are in space, to be looked at beside the scan. \
            With --back the result is brought back to the image's own grid, which shows what resampling does to it.
            """)

    @Argument(help: "The image: one file with all channels, or one for each.")
    var images: [String]

    @Option(help: ArgumentHelp("The model whose transforms are applied.", valueName: "source"))
    var model: String?

    @Option(name: [.customShort("o"), .customLong("out")], help: ArgumentHelp("Where the result goes.", valueName: "file.npy|nii.gz"))
    var output: String

    @Option(
        name: .customLong("point"),
        help: ArgumentHelp("A voxel of the image on the structure's border, for annotation models.", valueName: "x,y,z"))
    var points: [String] = []

    @Option(help: ArgumentHelp("Bring the result back to the image's grid: nearest or linear.", valueName: "interpolation"))
    var back: String?

    @OptionGroup var imaging: ImagingCommandOptions
    @OptionGroup var cut: CutOptions
    @OptionGroup var options: OutputOptions
    @OptionGroup var threading: ThreadOptions

    var limits: ProcessLimits { ProcessLimits(options, threading) }

    func run() throws {
        try OutputPaths.check([output], inputs: images + [model, imaging.transforms].compactMap { $0 })
        let settings = try imaging.options()
        let contract: ImagingContract
        if let model {
            contract = try Model.open(model, options: cut.importOptions()).imagingContract(settings)
        } else if let own = settings.ownPipeline {
            contract = ImagingContract(
                name: own.source, task: .other, input: .init(name: "image"), output: .init(name: "output"), pipelines: [own])
        } else {
            throw OsteonError(.usage, "Give --model SOURCE, --transforms FILE.json, or both.")
        }
        try OutputPaths.check([output])
        var preprocessor = try ImagePreprocessor(contract, settings.pipeline)
        preprocessor.orientation = settings.orientation
        let prepared = try preprocessor.load(images, points: PointArguments.parse(points))
        var volume = prepared.volume
        if let back {
            guard let interpolation = Interpolation(rawValue: back), interpolation != .area else {
                throw OsteonError(.usage, "--back takes nearest or linear.")
            }
            volume = try volume.restored(interpolation)
        }
        if output.lowercased().hasSuffix(".npy") {
            try NPY.write(back == nil ? prepared.networkInput() : volume.tensor, to: output)
        } else {
            try NIfTIWriter.write(volume, to: output)
        }
        let report = try PreparationReport(volume, notes: prepared.notes)
        if options.json {
            try Console.show(report.json(file: output))
        } else {
            try Console.show(
                [
                    """
                    \(output): \(volume.channels) channel\(volume.channels == 1 ? "" : "s"), \(volume.gridText), \(report.minimum) \
                    to \(report.maximum)
                    """
                ] + report.notes.map { "note: \($0)" })
        }
    }
}
