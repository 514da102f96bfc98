import Bytes
import Engine
import Foundation
import GraphIR
import Inspection
import Tensors
import Testing
import Workflows

/// What `osteon kernels` and `osteon bench` report is of the model and agrees with itself; nothing is timed.
@Suite struct BenchAndKernelsTests {
    static let network = Project.fixture("onnx/segresnet3d_small.onnx")
    static let extents = [1, 2, 8, 8, 8]
    static let shape = extents.map(String.init).joined(separator: "x")
    static let kernelNames = Set(KernelTable.all.map { $0.name } + [KernelTable.referenceName])

    /// What's said of nodes that no step of the plan computes.
    private static func isWithoutWork(_ kernel: String) -> Bool {
        kernel == "view" || kernel.hasPrefix("fused into ") || kernel.hasPrefix("constant")
    }

    /// The plan that both commands report on.
    private func plan(_ options: PlanOptions = PlanOptions()) throws -> Plan {
        let model = try Model.open(Self.network).optimized().model
        return try model.plan(shapes: model.shapes(for: [ShapeRequest(Self.extents)]), options)
    }

    private func report(_ arguments: String...) throws -> JSONValue {
        let result = try Command.run(arguments + ["--json"])
        try #require(result.status == 0, "\(result.errors)")
        return try JSONValue(parsing: result.output)
    }

    // MARK: kernels

    @Test func everyNodeHasAKernelOfTheTable() throws {
        let json = try report("kernels", Self.network, "--shape", Self.shape)
        #expect(json["schema"] == "osteon.kernels.1" && json["isa"] == .string(InstructionSet.detected.rawValue))
        let nodes = try json.member("nodes").array()
        let plan = try plan()
        #expect(try nodes.map { try $0.member("name").string() } == plan.report.map(\.node))
        #expect(try json.member("arena_bytes").integer() == plan.arenaByteCount)
        var work = 0
        for node in nodes {
            let name = try node.member("kernel").string()
            let isKnown = Self.isWithoutWork(name) || Self.kernelNames.contains { name == $0 || name.hasPrefix("\($0) ") }
            #expect(isKnown, "\(name)")
            work += try node.member("macs").integer()
            for refusal in try node.member("refusals").strings() {
                // A kernel of the table, and a reason.
                let parts = refusal.split(separator: ": ", maxSplits: 1)
                try #require(parts.count == 2, "\(refusal)")
                #expect(Self.kernelNames.contains(String(parts[0])) && !parts[1].isEmpty && parts[1] != KernelTable.notMine, "\(refusal)")
            }
        }
        #expect(work == plan.report.reduce(0) { $0 + $1.multiplyAccumulates } && work > 0)
        for node in nodes where node["operator"] == "Convolution" { #expect(node["kernel"] == "convolution-direct-f32") }
    }

    @Test func theTableSaysWhatTheJSONDoes() throws {
        let listing = KernelListing(try plan())
        let result = try Command.run("kernels", Self.network, "--shape", Self.shape)
        let lines = result.output.split(separator: "\n")
        #expect(lines[0].contains("\(listing.referenceCount) of \(listing.rows.count) nodes run their reference"))
        // Behind the summary come the columns' names and a rule.
        #expect(lines.count == listing.rows.count + 3)
        for (line, row) in zip(lines.dropFirst(3), listing.rows) {
            #expect(line.hasPrefix(row.node) && line.contains(row.kernel), "\(line)")
            for refusal in row.refusals { #expect(line.contains(refusal)) }
        }
    }

    /// A kernel above the tier that's asked for refuses with that tier's name; the reference alone leaves no kernel.
    @Test func refusalsNameWhatIsMissing() throws {
        let scalar = KernelListing(try plan(PlanOptions(isa: .scalar)))
        #expect(scalar.isa == "scalar")
        for row in scalar.rows {
            for kernel in KernelTable.all where kernel.tier > .scalar {
                #expect(row.kernel != kernel.name)
                for refusal in row.refusals where refusal.hasPrefix("\(kernel.name): ") {
                    #expect(refusal.hasSuffix("needs \(kernel.tier.rawValue)"))
                }
            }
        }
        let reference = KernelListing(try plan(PlanOptions(referenceOnly: true)))
        #expect(reference.rows.allSatisfy { $0.kernel == KernelTable.referenceName || Self.isWithoutWork($0.kernel) })
        #expect(reference.referenceCount > 0)
        let unoptimized = try report("kernels", Self.network, "--shape", Self.shape, "--no-optimize")
        #expect(try unoptimized.member("nodes").array().count > plan().report.count)
    }

    // MARK: bench

    @Test(arguments: [1, 2, 5]) func figuresAgreeWithOneAnother(runs: Int) throws {
        let json = try report("bench", Self.network, "--shape", Self.shape, "--runs", "\(runs)", "--threads", "1")
        #expect(json["schema"] == "osteon.bench.1" && json["runs"] == .integer(runs) && json["threads"] == 1)
        let latency = try json.member("latency_ms")
        let (least, median) = (try latency.member("min").double(), try latency.member("median").double())
        let percentile = try latency.member("p95").double()
        #expect(0 < least && least <= median && median <= percentile)
        for name in ["warm_up_ms", "load_ms", "peak_bytes"] { #expect(try json.member(name).double() > 0) }
        let plan = try plan(PlanOptions(threads: 1))
        let work = plan.report.reduce(0) { $0 + $1.multiplyAccumulates }
        #expect(try json.member("macs").members().map { try $0.value.integer() }.reduce(0, +) == work)
        #expect(abs(try json.member("gflops").double() - 2 * Double(work) / (median * 1e6)) < 1e-6)
        // Every node that runs, the slowest first, by the kernel that runs it.
        let layers = try json.member("layers").array()
        let kernels = Dictionary(uniqueKeysWithValues: plan.report.map { ($0.node, $0.kernel) })
        let times = try layers.map { try $0.member("ms").double() }
        #expect(times == times.sorted(by: >) && times.allSatisfy { $0 >= 0 })
        #expect(try Set(layers.map { try $0.member("name").string() }).count == layers.count)
        for layer in layers { #expect(try layer.member("kernel").string() == kernels[layer.member("name").string()]) }
        #expect(layers.count == plan.report.count { !Self.isWithoutWork($0.kernel) })
    }

    @Test func theTextListsAsManyLayersAsAskedFor() throws {
        // Three lines of figures; a table has two above its rows.
        for (layers, lines) in [(0, 3), (3, 8)] {
            let result = try Command.run("bench", Self.network, "--shape", Self.shape, "--runs", "1", "--layers", "\(layers)")
            #expect(result.status == 0 && result.output.split(separator: "\n").count == lines, "\(result.output)")
            #expect(result.output.contains("of 1 runs") && result.output.contains("fp32"))
        }
    }

    /// The outputs written are those of `osteon run` on the same inputs.
    @Test func outputsAreThoseOfARun() throws {
        let scratch = try Scratch()
        let reference = try NPZ.read(Project.fixture("onnx/segresnet3d_small.npz"))
        let model = try Model.open(Self.network)
        let input = try #require(reference.first { model.inputNames.contains($0.name) })
        try NPY.write(input.tensor, to: scratch.file("input.npy"))
        let given = ["--input", "\(input.name)=\(scratch.file("input.npy"))"]
        let bench = try Command.run(["bench", Self.network, "--runs", "1", "--output-dir", scratch.file("bench"), "--no-optimize"] + given)
        let run = try Command.run(["run", Self.network, "--output-dir", scratch.file("run")] + given)
        #expect(bench.status == 0 && run.status == 0, "\(bench.errors) \(run.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: scratch.file("run"))
        #expect(!files.isEmpty)
        for file in files {
            let (mine, other) = (try NPY.read(scratch.file("bench/\(file)")), try NPY.read(scratch.file("run/\(file)")))
            #expect(mine.isIdentical(to: other), "\(file)")
        }
    }

    @Test func everyNodeIsProfiledInEveryRun() throws {
        let plan = try plan()
        let inputs = try Model.open(Self.network).seededInputs(
            seed: 0, shapes: Model.open(Self.network).shapes(for: [ShapeRequest(Self.extents)]))
        #expect(throws: OsteonError.self) { try Benchmark.measure(plan, inputs, runs: 0) }
        let profile = Profile()
        let result = try Benchmark.measure(plan, inputs, runs: 3, profile: profile)
        #expect(result.runs == 3 && profile.entries.allSatisfy { $0.runs == 3 })
        let report = BenchReport(plan: plan, result: result, profile: profile, loadMilliseconds: 1)
        #expect(abs(report.rows.reduce(0) { $0 + $1.share } - 1) < 1e-9)
        #expect(report.precision == "fp32" && report.precisionText == "fp32")
    }
}
