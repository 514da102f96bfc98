import ArgumentParser
import Bytes
import Engine
import FoundationEssentials
import Glibc
import Tensors
import Workflows

/// `osteon bench`: how long inference takes, where the time goes, how much memory it needs.
struct BenchCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure latency, time by node, throughput and peak memory.",
        discussion: "Inputs are seeded noise unless --input NAME=FILE.npy gives them.")

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var engine: EngineOptions

    @Option(help: ArgumentHelp("Bind the free dimensions; the smallest legal size otherwise.", valueName: "shape"))
    var shape: [String] = []

    @Option(help: ArgumentHelp("Runs that count, after one to warm up.", valueName: "n"), transform: Number.count)
    var runs = 5

    @Option(help: ArgumentHelp("Nodes to list, the slowest first.", valueName: "n"), transform: Number.countOrNone)
    var layers = 12

    @Option(name: .customLong("output-dir"), help: ArgumentHelp("Write the last run's outputs here as .npy files.", valueName: "dir"))
    var outputDirectory: String?

    @Flag(help: "Run the graph as imported, without the optimiser's rewrites.")
    var noOptimize = false

    var limits: ProcessLimits { ProcessLimits(output, engine) }

    func run() throws {
        let started = Date()
        var model = try source.open()
        if !noOptimize { model = try model.optimized().model }
        var inputs: [String: Tensor] = [:]
        for specification in try source.cut.specifications() {
            guard case .file(let path) = specification.kind else { continue }
            for (name, tensor) in try InputFile.read(path, for: specification.name, of: model.graph) { inputs[name] = tensor }
        }
        if inputs.isEmpty { inputs = try model.seededInputs(seed: 0, shapes: model.shapes(for: ShapeArgument.requests(shape))) }
        let names = model.outputNames
        let writer = try outputDirectory.map { (path) throws(OsteonError) in
            try TensorFolder(path, names: names, outputs: names, inputs: [source.source])
        }
        let plan = try model.plan(shapes: inputs.mapValues(\.shape), engine.settings())
        let load = Date().timeIntervalSince(started) * 1000
        let profile = Profile()
        let result = try Benchmark.measure(plan, inputs, runs: runs, profile: profile)
        for name in names { if let writer, let tensor = result.outputs[name] { _ = try writer.write(name, tensor) } }
        let report = BenchReport(plan: plan, result: result, profile: profile, loadMilliseconds: load)
        if output.json { try Console.show(report.json) } else { try Console.show(render(report)) }
    }

    private func render(_ report: BenchReport) -> [String] {
        let result = report.result
        var lines = [
            """
            latency  min \(String(result.minimum, digits: 1))  median \(String(result.median, digits: 1))  p95 \
            \(String(result.percentile95, digits: 1)) ms of \(result.runs) runs
            """
        ]
        lines.append("load \(String(report.loadMilliseconds, digits: 0)) ms, first run \(String(result.warmUp, digits: 1)) ms")
        lines.append(
            """
            \(String(report.gigaflops, digits: 1)) GFLOP/s in \(report.precisionText) on \(report.threads) threads, \(report.isa), \
            peak memory \(Format.bytes(result.peakByteCount))
            """
        )
        var table = TextTable(["node", "operator", "kernel", "ms", "%", "GFLOP/s"], numeric: [3, 4, 5])
        for row in report.rows.prefix(layers) {
            table.add([
                row.node, row.op, row.kernel, String(row.milliseconds, digits: 2), String(row.share * 100, digits: 1),
                row.gigaflops > 0 ? String(row.gigaflops, digits: 1) : "",
            ])
        }
        return layers == 0 ? lines : lines + table.lines
    }
}
