import ArgumentParser
import Bytes
import Engine
import Foundation
import Workflows

/// How much memory the command may take. The limit holds from when the arguments are read.
struct MemoryOptions: ParsableArguments {
    @Option(
        name: .customLong("memory-limit"),
        help: ArgumentHelp(
            "The most memory to take at once for tensors, volumes and what's decompressed; by default what inputs of their size can need, and three quarters of the machine's at the most.",
            valueName: "8GiB"))
    var limit: String?

    func validate() throws {
        guard let limit else { return }
        guard let bytes = MemorySize.parse(limit) else {
            throw ValidationError("--memory-limit \(limit): write a size such as 8GiB or 500MB.")
        }
        MemoryBudget.process.setLimit(bytes)
    }
}

/// How many threads the command computes with, whatever for. The limit holds from when the arguments are read.
struct ThreadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Threads to compute with; all processors by default, and no more than there are.", valueName: "n"),
        transform: Number.count)
    var threads: Int?

    func validate() throws {
        guard let threads else { return }
        // Arguments may be read more than once, and before it's known what other options say.
        let most = Threads.processorCount
        let isQuiet = CommandLine.arguments.contains { $0 == "--quiet" || $0 == "-q" }
        if threads > most, !isQuiet, ThreadLimit.count == nil {
            Console.progress(
                "note: \(threads) threads would wait for one another on \(most) processor\(most == 1 ? "" : "s"); \(most) compute")
        }
        Threads.setLimit(min(threads, most))
    }
}
