import Bytes

/// What a Keras file may not record, as given by the user. Where the file records it, the file counts.
package struct KerasOrigin: Sendable, Hashable {
    /// A backend that trained a network. Theano's convolutions mirror their kernels and lay `same` padding otherwise.
    package enum Backend: String, CaseIterable, Sendable {
        case theano, tensorflow
    }

    /// Where channels are: Keras' `image_data_format`, formerly `image_dim_ordering`.
    package enum DataFormat: String, CaseIterable, Sendable {
        case channelsFirst = "channels_first"
        case channelsLast = "channels_last"
    }

    package var backend: Backend?
    package var dataFormat: DataFormat?
    /// The version of Keras, such as `1.0.5`.
    package var version: String?

    package init(backend: Backend? = nil, dataFormat: DataFormat? = nil, version: String? = nil) {
        self.backend = backend
        self.dataFormat = dataFormat
        self.version = version
    }

    /// Reads the three as they're written on a command line.
    /// - Throws: `.usage` for what's none of the known words, or no version.
    package init(parsing backend: String?, dataFormat: String?, version: String?) throws(OsteonError) {
        self.init(
            backend: try backend.map { (text) throws(OsteonError) in try Self.word(text, "\(Parameter.kerasBackend)") },
            dataFormat: try dataFormat.map { (text) throws(OsteonError) in try Self.word(text, "\(Parameter.kerasDataFormat)") },
            version: version)
        if let version, Int(version.prefix { $0 != "." }).map({ (1...3).contains($0) }) != true {
            throw OsteonError(.usage, "\(Parameter.kerasVersion) \(version) is no version of Keras, such as 1.0.5.")
        }
    }

    private static func word<Word: RawRepresentable & CaseIterable>(
        _ text: String, _ option: String
    ) throws(OsteonError) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: text.lowercased()) else {
            throw OsteonError(.usage, "\(option) \(text) is none of \(Word.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return word
    }
}
