import Glibc

/// How far a long stage is, on stderr: a bar on a terminal, a line a stage elsewhere, nothing with `--quiet`.
final class ProgressBar {
    private let isQuiet: Bool
    private let isTerminal = isatty(2) == 1
    private var stage = ""
    private var isOpen = false

    init(_ output: OutputOptions) { isQuiet = output.quiet }

    func show(_ stage: String, _ done: Int, of count: Int) {
        guard !isQuiet else { return }
        if isTerminal {
            let width = 30
            let filled = count > 0 ? min(width, width * done / count) : width
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            Console.redraw("\(stage) \(bar) \(done)/\(count)")
            isOpen = true
            if done >= count { end() }
        } else if stage != self.stage {
            Console.progress("\(stage) (\(count))")
        }
        self.stage = stage
    }

    /// Leaves the line of a bar.
    func end() {
        if isOpen { Console.endLine() }
        isOpen = false
    }
}
