import ArgumentParser
import Bytes
import Contracts
import Glibc
import Imaging
import Tensors
import Workflows

/// `osteon segment`: a volume in, a label volume on its own grid out.
struct SegmentCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "segment", abstract: "Segment a scan and write the mask on the scan's own grid.",
        discussion: """
            The scan is prepared, the network applied in sliding windows and its output turned into a mask as the model's \
            archive specifies. IMAGE is \
            a NIfTI volume or a PNG, with all channels in one file or a file for each in the model's order. The mask has \
            the scan's header and affine, so that it overlays the scan in any viewer; regions that may overlap are written \
            as a channel each. Annotation models take points on the border of what's to be outlined.
            """)

    @OptionGroup var source: SourceOptions

    @Argument(help: "The scan: one file with all channels, or one for each.")
    var images: [String]

    @Option(name: [.customShort("o"), .customLong("out")], help: ArgumentHelp("Where the mask goes.", valueName: "mask.nii.gz"))
    var output: String

    @Option(help: ArgumentHelp("Also draw the mask over slices of the scan.", valueName: "file.png"))
    var overlay: String?

    @Option(help: ArgumentHelp("Also write the network's blended output, on the grid the network sees.", valueName: "file.npy|nii.gz"))
    var values: String?

    @Option(
        name: .customLong("point"),
        help: ArgumentHelp("A voxel of the scan on the structure's border, for annotation models; at least six.", valueName: "x,y,z"))
    var points: [String] = []

    @OptionGroup var imaging: ImagingCommandOptions
    @OptionGroup var outputOptions: OutputOptions
    @OptionGroup var engine: EngineOptions

    var limits: ProcessLimits { ProcessLimits(outputOptions, engine) }

    func run() throws {
        let lower = output.lowercased()
        guard lower.hasSuffix(".nii") || lower.hasSuffix(".nii.gz") else {
            throw OsteonError(.usage, "-o \(output): masks are written as .nii or .nii.gz.")
        }
        if let values, ![".npy", ".nii", ".nii.gz"].contains(where: { values.lowercased().hasSuffix($0) }) {
            throw OsteonError(.usage, "--values \(values): values are written as .npy, .nii or .nii.gz.")
        }
        let outputs = [output, overlay, values].compactMap { $0 }
        try OutputPaths.check(outputs, inputs: images + [source.source, imaging.transforms].compactMap { $0 })
        let points = try PointArguments.parse(points)
        let segmentation = try ModelSegmentation(source.open(), imaging.options(), engine: engine.settings())
        try OutputPaths.check(outputs)
        let bar = ProgressBar(outputOptions)
        let result = try segmentation.run(images, points: points, keepingValues: values != nil, keepingScan: overlay != nil) {
            bar.show("windows", $0, of: $1)
        }
        // Nothing is written before everything is there.
        let sheet = try result.scan.map { (scan) throws(OsteonError) in try Overlay(image: scan, mask: result.mask).sheet() }
        try NIfTIWriter.write(result.mask, to: output)
        if let overlay, let sheet { try PNG.write(sheet.pixels, width: sheet.width, height: sheet.height, channels: 3, to: overlay) }
        if let values, let volume = result.values {
            if values.lowercased().hasSuffix(".npy") {
                try NPY.write(volume.tensor, to: values)
            } else {
                try NIfTIWriter.write(volume, to: values)
            }
        }
        if outputOptions.json { try Console.show(result.json(mask: output, images: images)) } else { try Console.show(render(result)) }
    }

    private func render(_ result: Segmentation) -> [String] {
        var table = TextTable(["label", "name", "voxels", "ml"], numeric: [0, 2, 3])
        for entry in result.counts {
            table.add([
                "\(entry.label.index)", entry.label.name, "\(entry.voxels)", String(result.millilitres(entry.voxels), digits: 2),
            ])
        }
        var lines = table.lines + [""]
        let window = result.window.map(String.init).joined(separator: "×")
        lines.append("\(output): \(result.mask.gridText)")
        lines.append(
            """
            \(result.windowCount) window\(result.windowCount == 1 ? "" : "s") of \(window); prepared in \
            \(Format.seconds(result.seconds.preparing)), ran in \(Format.seconds(result.seconds.inference)), finished in \
            \(Format.seconds(result.seconds.finishing))
            """
        )
        for note in result.notes { lines.append("note: \(note)") }
        return lines
    }
}
