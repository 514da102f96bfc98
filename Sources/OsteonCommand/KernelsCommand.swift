import ArgumentParser
import Workflows

/// `osteon kernels`: which kernel runs each node, and why the faster ones refused.
struct KernelsCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Show which kernel runs each node and why the faster ones refused.")

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(help: ArgumentHelp("Bind the free dimensions; the smallest legal size otherwise.", valueName: "shape"))
    var shape: [String] = []

    @Flag(help: "Show the graph as imported, without the optimiser's rewrites.")
    var noOptimize = false

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func run() throws {
        var model = try source.open()
        if !noOptimize { model = try model.optimized().model }
        let plan = try model.plan(shapes: model.shapes(for: ShapeArgument.requests(shape)), engine.settings())
        let listing = KernelListing(plan)
        if output.json {
            try Console.show(listing.json)
            return
        }
        let title =
            """
            kernels for \(listing.isa), an arena of \(Format.bytes(listing.arenaBytes)); \(listing.referenceCount) of \
            \(listing.rows.count) nodes run their reference
            """
        var table = TextTable(["node", "operator", "kernel", "MACs", "refused before it"], numeric: [3])
        for row in listing.rows {
            table.add([
                row.node, row.operatorID, row.kernel, row.multiplyAccumulates == 0 ? "" : Format.count(row.multiplyAccumulates),
                row.refusals.joined(separator: "; "),
            ])
        }
        try Console.show([title] + table.lines)
    }
}
