import ArgumentParser
import Bytes
import Glibc
import Workflows

/// The command `osteon`: results on stdout, progress and errors on stderr, exit codes as `OsteonError.exitCode`.
struct OsteonCommand: ParsableCommand {
    private static let commands: [any LimitedCommand.Type] = [
        InspectCommand.self, ConvertCommand.self, RunCommand.self, VerifyCommand.self, DiffCommand.self, KernelsCommand.self,
        BenchCommand.self, CatalogueCommand.self, SignCommand.self, QuantizeCommand.self, MetricsCommand.self, ExportCommand.self,
        SegmentCommand.self, ClassifyCommand.self, PrepareCommand.self, DataConvertCommand.self, PhantomCommand.self,
    ]

    static let configuration = CommandConfiguration(
        commandName: "osteon",
        abstract: "Converts pretrained medical-imaging networks into one verified file, and runs them.",
        discussion: """
            A SOURCE is any model Osteon reads, recognised by its content and not by its name:

              .osteon     native files that `osteon convert` wrote
              ONNX        models of operator sets 1 to 27, with external data
              TensorFlow  frozen graphs, checkpoints with their .meta, SavedModels
              Keras       HDF5 and .keras files of Keras 1, 2 and 3
              PyTorch     state dicts, checkpoints (.pt, .pth) and safetensors
              archives    folders of Clara Train MMARs and MONAI bundles

            Files of weights alone need --architecture.

            Exit codes: 0 done and all checks passed, 1 internal error, 2 the input can't be read or isn't supported or \
            the output can't be written, 3 verification failed (nothing written), 4 a metric missed its target, 64 usage.
            """,
        version: OsteonVersion.current,
        subcommands: commands + [EvaluateCommand.self])
}

@main
enum Main {
    static func main() {
        Console.start()
        FileLedger.begin()
        // An input that changes while it's read is an error, and nothing made from it is written.
        InputWatch.guardOutputs()
        exit(run())
    }

    /// - Returns: the exit code.
    private static func run() -> Int32 {
        do {
            var code: Int32 = 0
            do {
                var command = try OsteonCommand.parseAsRoot()
                try SystemMemory.checkAddressSpace()
                (command as? any LimitedCommand)?.limits.set()
                do {
                    try command.run()
                } catch let error as OsteonError {
                    try InputWatch.check()
                    throw error
                }
                try InputWatch.check()
            } catch  where !(error is OsteonError) {
                // The parser's own: usage, help, or an exit code alone.
                code = OsteonCommand.exitCode(for: error).rawValue
                let text = OsteonCommand.fullMessage(for: error)
                if !text.isEmpty {
                    if code == 0 { try Console.show(text: text) } else { Console.fail(text: text) }
                }
            }
            try Console.finish()
            return code
        } catch {
            let error = error as? OsteonError ?? OsteonError(.internalFault, "\(error)")
            Console.fail(error)
            return error.exitCode
        }
    }
}
