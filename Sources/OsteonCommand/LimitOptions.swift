import ArgumentParser
import Bytes
import Engine

/// How much memory the command may take.
struct MemoryOptions: ParsableArguments {
    @Option(
        name: .customLong("memory-limit"),
        help: ArgumentHelp(
            """
            The most memory to take at once for tensors, volumes and what's decompressed; by default what inputs of their size can \
            need, at most three quarters of the machine's memory.
            """,
            valueName: "8GiB"),
        transform: Number.memory)
    var limit: Int?
}

/// How many threads the command computes with, whatever for.
struct ThreadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Threads to compute with; all processors by default, and no more than there are.", valueName: "n"),
        transform: Number.count)
    var threads: Int?
}

/// A command that does work, and what its process may take for it. `Main` sets the limits once, when the arguments are read.
protocol LimitedCommand: ParsableCommand {
    var limits: ProcessLimits { get }
}

/// What the process may take; nil where nothing was asked for.
struct ProcessLimits {
    private let memory: Int?
    private let threads: Int?
    private let isQuiet: Bool

    /// None, for a command without such options.
    init() { (memory, threads, isQuiet) = (nil, nil, false) }

    init(_ output: OutputOptions, _ threading: ThreadOptions? = nil) {
        (memory, threads, isQuiet) = (output.memory.limit, threading?.threads, output.quiet)
    }

    init(_ output: OutputOptions, _ engine: EngineOptions) { self.init(output, engine.threading) }

    func set() {
        if let memory { MemoryBudget.process.setLimit(memory) }
        guard let threads else { return }
        let most = Threads.processorCount
        if threads > most, !isQuiet {
            Console.progress(
                "note: \(threads) threads would wait for one another on \(most) processor\(most == 1 ? "" : "s"); \(most) compute")
        }
        Threads.setLimit(min(threads, most))
    }
}
