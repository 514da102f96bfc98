import Bytes

// Members whose value is nil or an empty text are left out; lists are always there.
extension ImagingContract {
    /// The contract as JSON; equal contracts give equal text.
    package var json: JSONValue {
        .object(
            [.init("schema", .string(Self.schema)), .init("name", .string(name)), .init("task", .string(task.rawValue))]
                + optional("description", text)
                + [
                    .init("input", input.json), .init("output", output.json), .init("pipelines", .array(pipelines.map(\.json))),
                    .init("label_transforms", .array(labelTransforms.map(\.json))), .init("metrics", .array(metrics.map(\.json))),
                    .init("datasets", .array(datasets.map(\.json))),
                ]
                + (documentation.map { [.init("documentation", $0.json)] } ?? [])
                + [
                    .init("sources", .array(sources.map { ["part": .string($0.part), "file": .string($0.file)] })),
                    .init("notes", texts(notes)),
                ])
    }
}

extension ImagingContract.Input {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "field": .string(field), "layout": .string(layout.rawValue),
            "channels": .array(channels.map { .object([.init("name", .string($0.name))] + optional("modality", $0.modality)) }),
        ]
    }
}

extension ImagingContract.Output {
    fileprivate var json: JSONValue {
        .object(
            [.init("name", .string(name)), .init("field", .string(field)), .init("layout", .string(layout.rawValue))]
                + optional("channels", channels) + optional("activation", activation?.rawValue)
                + [.init("labels", .array(labels.map { ["index": .integer($0.index), "name": .string($0.name)] }))])
    }
}

extension ImagingContract.Dataset {
    fileprivate var json: JSONValue {
        .object(
            [.init("file", .string(file))] + optional("name", name)
                + [.init("lists", .array(lists.map { ["name": .string($0.name), "count": .integer($0.count)] }))])
    }
}

extension ImagingContract.Documentation {
    fileprivate var json: JSONValue {
        .object(
            [.init("model", .string(model))] + optional("documented_channels", documentedChannels) + optional("channels", channels)
                + [.init("targets", .array(targets.map(\.json))), .init("notes", texts(notes))])
    }
}

extension ImagingContract.Target {
    fileprivate var json: JSONValue {
        .object(
            [.init("metric", .string(metric)), .init("name", .string(name))] + optional("label", label) + [.init("value", .number(value))])
    }
}

extension ImagingPipeline {
    fileprivate var json: JSONValue {
        .object(
            [.init("source", .string(source)), .init("preprocessing", .array(preprocessing.map(\.json)))]
                + (window.map { [.init("window", $0.json)] } ?? [])
                + [.init("postprocessing", .array(postprocessing.map(\.json)))])
    }
}

extension ImagingWindow {
    fileprivate var json: JSONValue {
        .object(
            [.init("mode", .string(mode.rawValue))]
                + (region.map { [.init("roi", .array($0.map(JSONValue.integer)))] } ?? []) + optional("batch", batch)
                + (overlap.map { [.init("overlap", .number($0))] } ?? []) + (inferer.map { [.init("inferer", $0.json)] } ?? []))
    }
}

extension ImagingTransform {
    package var json: JSONValue {
        .object([.init("name", .string(name)), .init("arguments", .object(arguments))] + optional("original_name", originalName))
    }
}

private func optional(_ name: String, _ text: String?) -> [JSONValue.Member] {
    text.map { $0.isEmpty ? [] : [.init(name, .string($0))] } ?? []
}

private func optional(_ name: String, _ number: Int?) -> [JSONValue.Member] {
    number.map { [.init(name, .integer($0))] } ?? []
}

private func texts(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
