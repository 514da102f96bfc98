import Bytes
import Engine

/// What `osteon bench` reports.
package struct BenchReport: Sendable {
    /// One node's share.
    package struct Row: Sendable {
        package var node: String
        package var op: String
        package var kernel: String
        /// The mean of the runs that count.
        package var milliseconds: Double
        /// Of the time all nodes took.
        package var share: Double
        /// 0 where a node has no multiply-accumulates.
        package var gigaflops: Double
    }

    package var result: Benchmark.Result
    package var loadMilliseconds: Double
    package var isa: String
    package var threads: Int
    /// Multiply-accumulates by what they're computed in (see `NodeReport.precision`), most first.
    package var work: [(precision: String, multiplyAccumulates: Int)]
    /// Of the median run; a multiply-accumulate is two operations.
    package var gigaflops: Double
    /// Slowest first.
    package var rows: [Row]

    package init(plan: Plan, result: Benchmark.Result, profile: Profile, loadMilliseconds: Double) {
        self.result = result
        self.loadMilliseconds = loadMilliseconds
        isa = plan.isa.rawValue
        threads = plan.threads
        var byPrecision: [String: Int] = [:]
        for node in plan.report where node.multiplyAccumulates > 0 { byPrecision[node.precision, default: 0] += node.multiplyAccumulates }
        work = byPrecision.map { ($0.key, $0.value) }.sorted {
            ($1.multiplyAccumulates, $0.precision) < ($0.multiplyAccumulates, $1.precision)
        }
        let total = profile.entries.reduce(0.0) { $0 + Double($1.nanoseconds) }
        rows = profile.entries.map { entry in
            let nanoseconds = Double(entry.nanoseconds) / Double(max(entry.runs, 1))
            return Row(
                node: entry.node, op: entry.op, kernel: entry.kernel, milliseconds: nanoseconds / 1e6,
                share: total > 0 ? Double(entry.nanoseconds) / total : 0,
                gigaflops: nanoseconds > 0 ? 2 * Double(entry.multiplyAccumulates) / nanoseconds : 0)
        }
        rows.sort { ($1.milliseconds, $0.node) < ($0.milliseconds, $1.node) }
        let operations = plan.report.reduce(0.0) { $0 + 2 * Double($1.multiplyAccumulates) }
        gigaflops = result.median > 0 ? operations / (result.median * 1e6) : 0
    }

    /// The one precision all multiply-accumulates have, or `mixed`.
    package var precision: String { work.count > 1 ? "mixed" : work.first?.precision ?? "fp32" }

    /// The precision in words: `fp32`, or `mixed: int8 93 %, fp32 7 %`.
    package var precisionText: String {
        guard work.count > 1 else { return precision }
        let all = work.reduce(0.0) { $0 + Double($1.multiplyAccumulates) }
        let shares = work.map { "\($0.precision) \(Checked.clamped(100 * Double($0.multiplyAccumulates) / all, to: 0 ... 100)) %" }
        return "mixed: " + shares.joined(separator: ", ")
    }

    package var json: JSONValue {
        .record([
            ("schema", .string("osteon.bench.1")),
            (
                "latency_ms",
                .record([("min", .number(result.minimum)), ("median", .number(result.median)), ("p95", .number(result.percentile95))])
            ),
            ("runs", .integer(result.runs)), ("warm_up_ms", .number(result.warmUp)), ("load_ms", .number(loadMilliseconds)),
            ("peak_bytes", .integer(result.peakByteCount)), ("gflops", .number(gigaflops)), ("isa", .string(isa)),
            ("precision", .string(precision)), ("macs", .record(work.map { ($0.precision, .integer($0.multiplyAccumulates)) })),
            ("threads", .integer(threads)),
            (
                "layers",
                .array(
                    rows.map { row in
                        .record([
                            ("name", .string(row.node)), ("operator", .string(row.op)), ("kernel", .string(row.kernel)),
                            ("ms", .number(row.milliseconds)), ("gflops", .number(row.gigaflops)),
                        ])
                    })
            ),
        ])
    }
}
