import ArgumentParser
import Bytes
import Workflows

/// `osteon dataconvert`: a folder of volumes to another voxel size.
struct DataConvertCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataconvert", abstract: "Resample a folder of volumes, as tlt-dataconvert did.",
        discussion: """
            Every file below DIR that ends in the source ending is resampled along its own axes, images linearly, labels by \
            nearest neighbour, and written under the same name. Labels are the files in folders whose names begin with \
            "label", or all of them with --labels. Extents are rounded; first voxel stays on first, last on last. A file that \
            can't be converted, or has voxels that aren't numbers where it would be resampled, is reported and the others \
            go on; then the exit code is 2.
            """)

    @Option(name: [.customShort("d"), .customLong("directory")], help: ArgumentHelp("The folder with the volumes.", valueName: "dir"))
    var directory: String

    @Option(
        name: [.customShort("r"), .customLong("resolution")],
        help: ArgumentHelp("The voxel size in millimetres: one for all axes, or three as 1,1,2.", valueName: "mm"))
    var resolution: String?

    @Option(
        name: [.customShort("s"), .customLong("source-ending")], help: ArgumentHelp("What the files to read end in.", valueName: ".nii.gz"))
    var sourceEnding = ".nii.gz"

    @Option(
        name: [.customShort("e"), .customLong("ending")],
        help: ArgumentHelp("What the files written end in: .nii or .nii.gz.", valueName: ".nii"))
    var ending = ".nii.gz"

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The folder for the results, created if missing.", valueName: "dir"))
    var output: String

    @Flag(name: [.customShort("l"), .customLong("labels")], help: "All volumes are labels.")
    var labels = false

    @OptionGroup var options: OutputOptions
    @OptionGroup var threading: ThreadOptions

    var limits: ProcessLimits { ProcessLimits(options, threading) }

    func run() throws {
        var conversion = VolumeConversion(source: directory, destination: output)
        if let resolution {
            let sizes = resolution.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard sizes.allSatisfy({ $0 != nil }) else {
                throw OsteonError(.usage, "-r \(resolution): write a voxel size such as 1, or three as 1,1,2.")
            }
            conversion.resolution = sizes.compactMap { $0 }
        }
        conversion.sourceEnding = sourceEnding.hasPrefix(".") ? sourceEnding : "." + sourceEnding
        conversion.destinationEnding = ending.hasPrefix(".") ? ending : "." + ending
        conversion.areLabels = labels
        let results = try conversion.run { item in
            if let error = item.error { return options.failed("\(item.file): \(error)") }
            let remarks = (item.isLabel ? ", label" : "") + (item.note.isEmpty ? "" : "; \(item.note)")
            options.progress("\(item.file): \(item.before) → \(item.after)\(remarks)")
        }
        let failed = results.filter { $0.error != nil }
        if options.json {
            try Console.show(VolumeConversion.report(results))
        } else {
            try Console.show("\(results.count - failed.count) of \(results.count) volumes converted into \(output)")
        }
        if !failed.isEmpty { throw ExitCode(2) }
    }
}
