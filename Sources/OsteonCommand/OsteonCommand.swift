import ArgumentParser
import Foundation
import Osteon

/// The command `osteon`: results on stdout, progress and errors on stderr, exit codes as `OsteonError.exitCode`.
struct OsteonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "osteon",
        abstract: "Converts pretrained medical-imaging networks into one verified file, and runs them.",
        discussion: """
            A SOURCE is any model Osteon reads, recognised by its content: an .osteon file, an ONNX model or a \
            TensorFlow frozen graph. Exit codes: 0 done and all checks passed, 1 internal error, 2 the input can't be \
            read or isn't supported, 3 verification failed (nothing written), 4 a metric missed its target, 64 usage.
            """,
        version: OsteonVersion.current,
        subcommands: [
            InspectCommand.self, ConvertCommand.self, RunCommand.self, VerifyCommand.self, DiffCommand.self,
            KernelsCommand.self, BenchCommand.self, CatalogCommand.self,
            SignCommand.self,
            QuantizeCommand.self,
            MetricsCommand.self,
            ExportCommand.self,
            SegmentCommand.self, ClassifyCommand.self, PrepareCommand.self, DataConvertCommand.self,
            EvaluateCommand.self,
            PhantomCommand.self,
        ])
}

@main
enum Main {
    static func main() {
        // A limit on file sizes then gives an error that can be told, not a signal.
        signal(SIGXFSZ, SIG_IGN)
        // An input that changes while it's read is an error, and nothing made from it is written.
        InputWatch.guardOutputs()
        do {
            var command = try OsteonCommand.parseAsRoot()
            do {
                try command.run()
            } catch {
                try InputWatch.check()
                throw error
            }
            try InputWatch.check()
        } catch let error as OsteonError {
            FileHandle.standardError.write(Data("osteon: \(error)\n".utf8))
            exit(error.exitCode)
        } catch {
            OsteonCommand.exit(withError: error)
        }
    }
}
