import ArgumentParser
import Bytes
import Glibc
import Workflows

/// `osteon sign`: puts a signature into a native file, or makes the keys for it.
struct SignCommand: LimitedCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign an .osteon file, or generate a key pair.",
        discussion: """
            The signature (Ed25519) covers the whole file: graph, weights, provenance and verification records. Keys are PEM \
            files as openssl writes and reads them. `osteon verify FILE --signature --public-key KEY.pub.pem` checks it. \
            A file made from a signed one isn't signed itself.
            """)

    @Argument(help: ArgumentHelp("The .osteon file to sign.", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("The private key, PKCS #8 in PEM form.", valueName: "key.pem"))
    var key: String?

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("The file to write; by default FILE itself is replaced.", valueName: "out.osteon"))
    var destination: String?

    @Option(
        name: .customLong("generate-key"),
        help: ArgumentHelp(
            "Make PREFIX.pem, the private key, which only its owner may read, and PREFIX.pub.pem, the public one.", valueName: "prefix"))
    var prefix: String?

    @OptionGroup var output: OutputOptions

    var limits: ProcessLimits { ProcessLimits(output) }

    func validate() throws {
        if prefix != nil {
            guard file == nil, key == nil, destination == nil else { throw ValidationError("--generate-key stands alone.") }
        } else if file == nil || key == nil {
            throw ValidationError("Give FILE and --key KEY.pem, or --generate-key PREFIX.")
        }
    }

    func run() throws {
        if let prefix { return try generate(prefix) }
        guard let file, let key else { return }
        try OutputPaths.check([destination ?? file], inputs: [key])
        if let destination { try KeyFiles.refuse(destination) }
        let signing = try SigningKey.open(key)
        if KeyFiles.isReadableByOthers(key) { output.progress("note: \(key) can be read by others; run chmod 600 on it") }
        let report = try SigningReport(file, with: signing, to: destination ?? file)
        if output.json {
            try Console.show(report.json)
        } else {
            try Console.show(
                "\(report.file) signed by \(report.fingerprint)\(report.isReplaced ? "; a signature that was there is replaced" : "")")
        }
    }

    private func generate(_ prefix: String) throws {
        let pair = try KeyFiles.generate(prefix)
        if output.json {
            try Console.show(pair.json)
        } else {
            try Console.show([
                "\(pair.privatePath): the private key; keep it secret", "\(pair.publicPath): the public key, \(pair.fingerprint)",
            ])
        }
    }
}
