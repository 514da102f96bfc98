import Bytes
import Glibc

/// A folder that keeps a run's cases as they're done: `run.json`, and for each case `case-00012.json` with its pictures.
///
/// Every file appears whole or not at all, a case's own last, so that a run killed at any moment goes on from the cases it
/// had finished. Several processes may share the folder, each with its own shard.
package struct EvaluationFolder: Sendable {
    package let path: String
    package let run: EvaluationRun
    private let digest: String

    /// Opens a folder for a run, making it where it's missing.
    /// - Parameter inputs: files of the cases; one that has the name of a record would be written over.
    /// - Throws: `.usage` where it holds another run, `.outputFailed` where it can't be made or written.
    package init(_ path: String, for run: EvaluationRun, inputs: [String] = []) throws(OsteonError) {
        try OutputPaths.makeFolder(path)
        if let input = Self.record(among: inputs, in: path) {
            throw OsteonError(
                .usage, "The case's file \(input) has the name of a record and would be written over; give another folder than \(path).")
        }
        self.path = path
        self.run = run
        digest = run.digest
        let file = path + "/run.json"
        try run.check()
        // Of several runs that begin at once, one makes the file; the others compare theirs with it.
        guard try !AtomicFile.write(new: run.json.encoded(.indented), to: file) else { return }
        let there = try Self.readRun(file)
        guard there.digest == digest else {
            throw OsteonError(
                .usage,
                "\(path) belongs to another evaluation (\(Self.difference(there, run))); give another folder, or remove it to begin anew.")
        }
    }

    /// - Throws: `.usage` where one of `outputs` has the name of a file that the folder keeps.
    package static func refuse(_ outputs: [String], in path: String) throws(OsteonError) {
        guard let output = record(among: outputs, in: path) else { return }
        throw OsteonError(
            .usage, "\(output) has the name of a file of the evaluation kept in \(path), which would be written over. Give another name.")
    }

    /// The first of some files that's in the folder under the name of a record.
    private static func record(among files: [String], in path: String) -> String? {
        guard let own = Paths.real(path) else { return nil }
        return files.first { file in
            let name = Paths.name(of: file).utf8
            return (name.starts(with: "case-".utf8) || name.elementsEqual("run.json".utf8)) && Paths.real(Paths.folder(of: file)) == own
        }
    }

    /// Opens a folder for what's in it.
    package init(reading path: String) throws(OsteonError) {
        self.path = path
        run = try Self.readRun(path + "/run.json")
        digest = run.digest
    }

    private static func readRun(_ file: String) throws(OsteonError) -> EvaluationRun {
        try locating(file) { () throws(OsteonError) in
            let mapped = try MappedFile(path: file)
            let run = try EvaluationRun(json: JSONValue(parsing: mapped.bytes))
            try run.check()
            return run
        }
    }

    /// In what two runs differ, for a person.
    static func difference(_ a: EvaluationRun, _ b: EvaluationRun) -> String {
        var parts: [String] = []
        if a.tool != b.tool { parts.append("made by \(a.tool)") }
        if a.model != b.model || a.against != b.against { parts.append("other models") }
        if a.datasetHash != b.datasetHash || a.dataset != b.dataset || a.list != b.list { parts.append("another data list") }
        if a.cases != b.cases { parts.append("other cases") }
        return parts.isEmpty ? "other settings" : parts.joined(separator: ", ")
    }

    private func file(_ index: Int, _ ending: String) -> String {
        let digits = String(index)
        return path + "/case-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ending
    }

    /// The case's record; nil where it isn't done. An empty file, which a file system may leave after a power failure, is no record.
    /// - Throws: `.malformed` where the record or a picture of it is damaged or of another run.
    package func record(of index: Int) throws(OsteonError) -> CaseRecord? {
        let path = file(index, ".json")
        guard FileStatus.exists(path) else { return nil }
        return try locating(path) { () throws(OsteonError) in
            let mapped = try MappedFile(path: path)
            if mapped.count == 0 { return nil }
            let text = try JSONValue(parsing: mapped.bytes)
            var record = try CaseRecord(json: text, run: digest)
            guard record.index == index else { throw OsteonError(.malformed, "This is the record of case \(record.index).") }
            guard var result = record.result else { return record }
            try result.check(run, index)
            for (place, picture) in result.pictures.enumerated() {
                guard picture.plane.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) else {
                    throw OsteonError(.malformed, "A picture's name isn't one.")
                }
                let png = try MappedFile(path: file(index, "-\(picture.plane).png"))
                result.pictures[place].png = Array(png.bytes)
            }
            record.outcome = .measured(result)
            return record
        }
    }

    /// Keeps a case.
    package func keep(_ record: CaseRecord) throws(OsteonError) {
        for picture in record.result?.pictures ?? [] {
            let path = file(record.index, "-\(picture.plane).png")
            try AtomicFile.write(picture.png, to: path, replacing: path)
        }
        let file = file(record.index, ".json")
        // An older record, of a case that failed, was read and is replaced.
        try AtomicFile.write(record.json(run: digest).encoded(.indented), to: file, replacing: file)
    }

    /// The cases of several folders of one run, in order.
    /// - Throws: `.usage` where the folders are of different runs, or cases are missing or differ between folders.
    package static func merge(_ paths: [String]) throws(OsteonError) -> (run: EvaluationRun, records: [CaseRecord]) {
        var folders: [EvaluationFolder] = []
        for path in paths { folders.append(try EvaluationFolder(reading: path)) }
        guard let first = folders.first else { throw OsteonError(.usage, "There's no folder to merge.") }
        for folder in folders where folder.digest != first.digest {
            throw OsteonError(
                .usage, "\(folder.path) and \(first.path) are of different evaluations (\(difference(folder.run, first.run))).")
        }
        var records: [CaseRecord] = []
        var missing: [Int] = []
        for index in first.run.cases.indices {
            var found: CaseRecord?
            for folder in folders {
                guard let record = try folder.record(of: index) else { continue }
                if let found, found.json(run: "").encoded() != record.json(run: "").encoded() {
                    let why = found.result?.files == record.result?.files ? "" : ": its images or its label weren't the same files"
                    throw OsteonError(.usage, "Case \(first.run.cases[index].name) differs between the folders\(why).")
                }
                found = record
            }
            if let found { records.append(found) } else { missing.append(index) }
        }
        guard missing.isEmpty else {
            let names = missing.prefix(5).map { first.run.cases[$0].name }.joined(separator: ", ")
            throw OsteonError(
                .usage,
                "\(missing.count) of \(first.run.cases.count) cases aren't evaluated yet: \(names)\(missing.count > 5 ? ", …" : "").")
        }
        return (first.run, records)
    }
}
