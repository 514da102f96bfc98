import Bytes

/// The one file, or files, of an archive that hold the network.
struct ModelFiles {
    enum Kind {
        case frozenGraph
        /// Made for one inference server; the graph of `frozenGraph` rewritten.
        case optimizedGraph
        case checkpoint
        case savedModel
        case onnx
        case keras
        /// Weights only; the network is in a configuration.
        case torch

        /// The name of the format whose importer reads it.
        var format: String {
            switch self {
            case .frozenGraph, .optimizedGraph: "tensorflow-graph"
            case .checkpoint: "tensorflow-checkpoint"
            case .savedModel: "saved-model"
            case .onnx: "onnx"
            case .keras: "keras"
            case .torch: "torch"
            }
        }

        /// Whether it's a graph whose inputs and outputs nothing in its files tells from other nodes.
        var hasUnnamedEnds: Bool { [.frozenGraph, .optimizedGraph, .checkpoint].contains(self) }
    }

    var kind: Kind
    /// In the archive; the prefix of a checkpoint's files.
    var location: String
    /// What else could have been taken.
    var notes: [String] = []

    /// Which kind is looked for first.
    static let tensorFlowFirst: [Kind] = [.frozenGraph, .checkpoint, .optimizedGraph, .savedModel, .onnx, .keras, .torch]
    static let torchFirst: [Kind] = [.torch, .onnx, .frozenGraph, .checkpoint, .savedModel, .keras, .optimizedGraph]

    /// The best model in `folders`, kinds by `order`.
    /// - Parameter named: file names and prefixes that configurations name, taken before others of their kind.
    /// - Throws: `.unsupported` where there's only what can't be read, with what would be; `.unreadable` where there's none.
    static func find(in archive: ArchiveFolder, folders: [String], named: [String] = [], order: [Kind]) throws(OsteonError) -> ModelFiles {
        var places: [(folder: String, names: [String])] = []
        for folder in folders where !places.contains(where: { $0.folder == folder }) {
            places.append((folder, archive.names(in: folder)))
        }
        // Some archives keep a version's files in a folder of its own.
        for (folder, names) in places where folder != "" {
            for name in names.prefix(64)
            where archive.isFolder(join(folder, name)) && !places.contains(where: { $0.folder == join(folder, name) }) {
                places.append((join(folder, name), archive.names(in: join(folder, name))))
            }
        }
        for kind in order {
            for (folder, names) in places {
                let found = try candidates(kind, names, named, folder, archive)
                guard let first = found.first else { continue }
                var result = ModelFiles(kind: kind, location: join(folder, first))
                if found.count > 1 {
                    result.notes.append("\(folder) also has \(found.dropFirst().prefix(5).joined(separator: ", ")); \(first) is taken")
                }
                if kind == .optimizedGraph {
                    result.notes.append(
                        "\(result.location) was rewritten for a GPU; the frozen graph (.fzn.pb) it was made from isn't in the archive")
                }
                return result
            }
        }
        throw missing(places)
    }

    static func join(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : "\(folder)/\(name)" }

    /// The names of that kind, the one to take first.
    private static func candidates(
        _ kind: Kind, _ names: [String], _ named: [String], _ folder: String, _ archive: ArchiveFolder
    ) throws(OsteonError) -> [String] {
        func ranked(_ usual: [String], _ suffixes: [String], except: [String] = []) -> [String] {
            let asked = named.filter { name in suffixes.contains { name.hasSuffix($0) } && !except.contains { name.hasSuffix($0) } }
            let preferred = asked + usual.filter { !asked.contains($0) }
            let rest = names.filter { name in
                !preferred.contains(name) && suffixes.contains { name.hasSuffix($0) } && !except.contains { name.hasSuffix($0) }
            }
            return preferred.filter(names.contains) + rest
        }
        switch kind {
        case .frozenGraph:
            let best = ranked(["model.fzn.pb", "model.frn.pb"], [".fzn.pb", ".frn.pb"])
            return best.isEmpty ? ranked([], [".pb"], except: [".trt.pb", "saved_model.pb", "keras_metadata.pb", "fingerprint.pb"]) : best
        case .optimizedGraph: return ranked(["model.trt.pb"], [".trt.pb"])
        case .savedModel: return names.contains("saved_model.pb") ? ["saved_model.pb"] : []
        case .onnx: return ranked(["model.onnx"], [".onnx"])
        case .keras: return ranked(["model.keras", "model.h5"], [".keras", ".h5", ".hdf5"])
        case .torch: return ranked(["model.pt", "final_model.pt", "model.safetensors"], [".pt", ".pth", ".safetensors"])
        case .checkpoint:
            let prefixes = names.filter { $0.hasSuffix(".index") }.map { String($0.dropLast(".index".count)) }
            guard prefixes.count > 1 else { return prefixes }
            var order: [String] = []
            if names.contains("checkpoint"), let latest = try latest(join(folder, "checkpoint"), archive) { order.append(latest) }
            order += named + ["model.ckpt", "model_final.ckpt"]
            let preferred = order.filter(prefixes.contains)
            return preferred.prefix(1) + prefixes.filter { $0 != preferred.first }
        }
    }

    /// The checkpoint that a `checkpoint` file names as the latest, without any folder.
    private static func latest(_ location: String, _ archive: ArchiveFolder) throws(OsteonError) -> String? {
        let file = try archive.map(location)
        guard file.count <= 1_000_000 else { return nil }
        let text = String(decoding: file.bytes, as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("model_checkpoint_path:") {
            let path = line.split(separator: "\"", omittingEmptySubsequences: false)
            return path.count > 1 ? path[1].split(separator: "/").last.map(String.init) : nil
        }
        return nil
    }

    /// Why none was found.
    private static func missing(_ places: [(folder: String, names: [String])]) -> OsteonError {
        let names = places.flatMap { place in place.names.map { join(place.folder, $0) } }
        if let script = names.first(where: { $0.hasSuffix(".ts") }) {
            return OsteonError(
                .unsupported, "\(script) is a TorchScript program, which Osteon doesn't run; put the weights (models/model.pt) beside it.")
        }
        if let archive = names.first(where: { name in [".zip", ".tar", ".tgz", ".tar.gz"].contains { name.hasSuffix($0) } }) {
            return OsteonError(.unsupported, "The model is packed in \(archive); unpack it where it lies.")
        }
        if let engine = names.first(where: { name in [".plan", ".engine", ".trt"].contains { name.hasSuffix($0) } }) {
            return OsteonError(
                .unsupported, "\(engine) is an engine compiled for one GPU; Osteon needs the graph or the weights it was made from.")
        }
        let looked = places.map { $0.folder.isEmpty ? "the folder itself" : $0.folder }.joined(separator: ", ")
        return OsteonError(
            .unreadable,
            """
            The archive has no model; looked in \(looked) for a frozen graph (.fzn.pb), a checkpoint (.index), a .trt.pb, \
            SavedModel, ONNX, Keras or PyTorch file.
            """
        )
    }
}
