import Bytes
import Imaging
import Operators
import Tensors

/// Files and folders of other kinds, recognised so that the error can name them and say what to do.
enum ForeignFile {
    /// What a source that no importer knows is, and what to do; nil where nothing is known about it.
    static func describe(_ source: Source) -> String? {
        if let file = source.file { return describe(file.bytes, file) }
        return source.isFolder ? describe(folder: source.folder) : nil
    }

    // MARK: Files

    private static func describe(_ bytes: SharedBytes, _ file: MappedFile) -> String? {
        if let network = network(bytes) { return network }
        if let archive = archive(bytes) { return archive }
        if isVolume(file) { return "This is an image, not a model: the model comes first, images after it or with their option." }
        return text(bytes)
    }

    /// Whether the bytes from `offset` on are those of `text`.
    private static func has(_ bytes: SharedBytes, _ text: String, at offset: Int = 0) -> Bool {
        bytes.count >= offset + text.utf8.count && bytes[offset...].starts(with: text.utf8)
    }

    private static func network(_ bytes: SharedBytes) -> String? {
        if has(bytes, "TFL3", at: 4) {
            return
                """
                This is a TensorFlow Lite model, which isn't read. Take what it was converted from: the SavedModel, Keras file or \
                frozen graph.
                """
        }
        if has(bytes, "ORTM", at: 4) {
            return "This is a model in ONNX Runtime's own format (.ort), optimised for it. Take the .onnx file it was made from."
        }
        if has(bytes, "ET12", at: 4) || has(bytes, "ET13", at: 4) {
            return "This is an ExecuTorch program (.pte). Export the network to ONNX, or take its state dict."
        }
        if has(bytes, "GGUF") { return "This is a GGUF file of llama.cpp, a language model's weights, which isn't read." }
        if has(bytes, "ftrt") || has(bytes, "ptrt") {
            return "This is an engine of TensorRT, made for one graphics processor. Take the model it was built from, mostly .onnx."
        }
        if bytes.starts(with: [0x80]), bytes.count > 2, (2...5).contains(bytes[1]) {
            return
                """
                This is a plain Python pickle, which only running code could read. Save the weights by \
                torch.save(model.state_dict(), …), as safetensors, or export the network to ONNX.
                """
        }
        return nil
    }

    private static func archive(_ bytes: SharedBytes) -> String? {
        if has(bytes, "ustar", at: 257) {
            // What PyTorch 0.1 wrote: an archive of pickles, the first of which describes the machine.
            if has(bytes, "sys_info") || has(bytes, "./sys_info") {
                return
                    """
                    This is a file of PyTorch 0.1 (a tar archive), which isn't read. Load it in Python with PyTorch before 1.13 or \
                    so and save it again: torch.save(torch.load(\"old.pt\"), \"weights.pt\").
                    """
            }
            return "This is a tar archive. Unpack it and give the model in it."
        }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            if let program = program(bytes) { return program }
            return "This is a ZIP archive without the parts of a PyTorch or Keras file. Unpack it and give the model in it."
        }
        if bytes.starts(with: [0x37, 0x7A, 0xBC, 0xAF]) || has(bytes, "Rar!") || bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A])
            || has(bytes, "BZh")
        {
            return "This is a compressed archive. Unpack it and give the model in it."
        }
        return nil
    }

    /// What the code of a network in a ZIP archive is, by its members; nil for other archives.
    private static func program(_ bytes: SharedBytes) -> String? {
        let names =
            (try? ZipArchive(bytes))?.members.map { Paths.components(of: $0.name).dropFirst().joined(separator: "/") }
            ?? []
        if names.contains("model.json") || names.contains(where: { $0.hasPrefix("code/") }) {
            return
                """
                This is a TorchScript archive of PyTorch before 1.4: code and weights together. Osteon runs no foreign code. Write \
                its weights, in Python: torch.save(torch.jit.load(\"model.ts\").state_dict(), \"weights.pt\"); or export it to ONNX.
                """
        }
        if names.contains("serialized_exported_program.json") || names.contains("models/model.json") || names.contains("archive_format") {
            return
                """
                This is a program of torch.export (.pt2): code and weights together. Osteon runs no foreign code. Write its \
                weights, in Python: torch.save(torch.export.load(\"model.pt2\").state_dict, \"weights.pt\"); or export it to ONNX.
                """
        }
        return nil
    }

    private static func isVolume(_ file: MappedFile) -> Bool {
        has(file.bytes, "DICM", at: 128) || (try? VolumeFile.recognize(file)) != nil || ForeignImage.isVolume(file)
    }

    private static func text(_ bytes: SharedBytes) -> String? {
        if bytes.starts(with: [0x1F, 0x8B]) { return "This is a file compressed by gzip. Unpack it, and give the model in it." }
        let start = bytes.prefix(4096)
        guard !start.contains(0), let text = longestText(start) else { return nil }
        let trimmed = text.trimmed
        if trimmed.hasPrefix("version https://git-lfs") {
            return "This is a pointer of Git LFS, not the file itself. Fetch the file, with git lfs pull."
        }
        if trimmed.hasPrefix("{") || trimmed.hasPrefix("[") {
            return
                """
                This is a JSON file. If it describes a network, give it with \(Parameter.architecture), and the file of its weights \
                as the model.
                """
        }
        if trimmed.lowercased().hasPrefix("<!doctype html") || trimmed.lowercased().hasPrefix("<html") {
            return "This is a web page, mostly what a download gave instead of the file. Download the file itself."
        }
        if trimmed.hasPrefix("<?xml") || trimmed.hasPrefix("<net") {
            return
                "This is an XML file, such as OpenVINO's models are described by, which isn't read. Take the model it was converted from."
        }
        if trimmed.hasPrefix("node {") || trimmed.hasPrefix("saved_model_schema_version") || trimmed.hasPrefix("meta_graphs {")
            || trimmed.hasPrefix("meta_info_def {")
        {
            return
                """
                This is a TensorFlow graph as text (.pbtxt), which isn't read. Write it in binary form, in TensorFlow: \
                tf.io.write_graph(graph, folder, name, as_text=False).
                """
        }
        if trimmed.hasPrefix("layer {") || trimmed.hasPrefix("name:") || trimmed.hasPrefix("input:") {
            return "This is a network of Caffe as text (.prototxt), which isn't read. Convert it to ONNX."
        }
        return nil
    }

    /// The beginning of a text, which may be cut within a character.
    private static func longestText(_ bytes: Swift.Slice<SharedBytes>) -> String? {
        for dropped in 0...3 where dropped < bytes.count {
            if let text = String(validating: bytes.dropLast(dropped), as: UTF8.self) { return text }
        }
        return nil
    }

    // MARK: Folders

    private static let modelEndings = [".osteon", ".onnx", ".pb", ".h5", ".hdf5", ".keras", ".pt", ".pth", ".safetensors", ".ckpt", ".bin"]

    private static func describe(folder: SourceFolder) -> String? {
        let names = folder.names()
        let set = Set(names)
        if set.contains("saved_model.pbtxt") {
            return
                """
                This is a SavedModel whose graph is text (saved_model.pbtxt), which isn't read. Save it in binary form: \
                tf.saved_model.save writes saved_model.pb.
                """
        }
        if set.contains("variables"), set.isSubset(of: ["variables", "assets", "assets.extra", "fingerprint.pb", "keras_metadata.pb"]) {
            return "This looks like a SavedModel, but its graph, the file saved_model.pb, is missing: the copy isn't whole."
        }
        if set.contains("variables.index") || names.contains(where: { $0.hasPrefix("variables.data-") }) {
            return "This is the folder variables of a SavedModel. Give the folder around it, which has saved_model.pb."
        }
        if set.contains("Manifest.json"), set.contains("Data") {
            return "This is a Core ML package, which isn't read. Take the model it was converted from."
        }
        if set.contains("config.json"), set.contains("model.weights.h5") {
            return
                """
                This is an unpacked .keras file. Give the archive itself, or \(Parameter.architecture) config.json with \
                model.weights.h5 as the model.
                """
        }
        if names.contains(where: { $0.lowercased().hasSuffix(".dcm") }) { return "This is a folder of DICOM files: images, not a model." }
        let models = names.filter { name in modelEndings.contains { name.lowercased().hasSuffix($0) } }
        if !models.isEmpty {
            return
                """
                The folder is no model of its own. Give one of the files in it: \
                \(models.prefix(6).joined(separator: ", "))\(models.count > 6 ? ", …" : "").
                """
        }
        return names.isEmpty ? "The folder is empty." : nil
    }
}
