import Foundation
import TestSupport
import Testing
import TorchImport

/// The network given for weights: its arguments, and what's said where it doesn't fit or isn't given.
@Suite struct ArchitectureTests {
    private func path(_ file: String) -> String { "\(NetworkTests.folder)/\(file)" }

    private func error(_ file: String, _ architecture: String?) throws -> OsteonError {
        var options = ImportOptions()
        if let architecture { options.architecture = try Architecture(architecture) }
        do {
            _ = try TorchImporter().importModel(path: path(file), options: options)
        } catch { return error }
        throw OsteonError(.internalFault, "No error for \(architecture ?? "no architecture").")
    }

    // MARK: Suggestions

    /// A transformer's weights don't tell the shape of its input, so nothing is suggested for those.
    @Test(arguments: try! NetworkTests.listed().filter { $0.file != "unetr.pt" })
    func withoutANetworkOneIsSuggested(network: NetworkTests.Listed) throws {
        let error = try error(network.file, nil)
        #expect(error.code == .usage)
        let quoted = error.message.split(separator: "'")
        try #require(quoted.count > 2, "\(error.message)")
        // What's suggested imports, whatever it can't know.
        _ = try TorchImporter().importModel(path: path(network.file), options: ImportOptions(architecture: Architecture(String(quoted[1]))))
        guard case .network(let name, _) = network.architecture else { return }
        #expect(quoted[1].lowercased().hasPrefix(name.lowercased() + ":"))
    }

    @Test func weightsOfNoKnownNetworkAreListed() throws {
        let file = try Opening.file(
            FileMaker.safetensors(#"{"strange.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}"#, FileMaker.floats([1, 2])))
        do {
            _ = try TorchImporter.importModel(file, ImportOptions())
            Issue.record("no error")
        } catch {
            #expect(error.code == .usage)
            #expect(error.message.contains("strange.weight f32[2×1]"))
            #expect(error.message.contains("DenseNet121"))
        }
    }

    /// Names and shapes of networks too large for fixtures with weights, as MONAI has them.
    @Test func namesAndShapesAreMONAIs() throws {
        for network in try JSONValue(parsing: String(contentsOfFile: path("parameters.json"), encoding: .utf8)).array() {
            let name = try network.member("network").string()
            let entries = try network.member("parameters").members().map { member in
                StateDict.Entry(name: member.name, elementType: .f32, shape: try member.value.array().map { try $0.integer() }) {
                    () throws(OsteonError) in
                    throw OsteonError(.internalFault, "Nobody reads the weights.")
                }
            }
            let architecture = Architecture.network(name: name, arguments: try network.member("arguments").members())
            #expect(try TorchImporter.fits(architecture, StateDict(entries)), "\(name)")
            for place in [0, entries.count / 3, entries.count / 2] where !entries[place].name.hasSuffix("num_batches_tracked") {
                var fewer = entries
                fewer.remove(at: place)
                #expect(try !TorchImporter.fits(architecture, StateDict(fewer)), "\(name) without \(entries[place].name)")
            }
        }
    }

    // MARK: What doesn't fit

    @Test func whatIsMissingOtherwiseShapedOrLeftOverIsListed() throws {
        let unet = "unet:spatial_dims=3,in_channels=1,out_channels=2,channels=[2,4,6],strides=[2,2],num_res_units=2"
        let norm = try error("unet.pt", unet)  // the file's has batch normalisation
        #expect(norm.code == .invalidGraph)
        #expect(norm.message.contains("left over: model.0.conv.unit0.adn.N.weight, "))
        #expect(norm.message.contains("and more"))
        let wide = try error("unet.pt", unet + ",norm=batch,bias=False")
        #expect(wide.message.contains("left over"))
        let channels = try error(
            "unet.pt", "unet:spatial_dims=3,in_channels=1,out_channels=3,channels=[2,4,6],strides=[2,2],num_res_units=2,norm=batch")
        #expect(channels.message.contains("model.2.0.conv.weight is f32[4×2×3×3×3], not f32[4×3×3×3×3]"))
        let other = try error("unet.pt", "vnet")
        #expect(other.message.contains("are missing: in_tr.conv_block.conv.weight, "))
        #expect(other.message.split(separator: ",").count < 60)
    }

    @Test func argumentsAreChecked() throws {
        for (architecture, words) in [
            ("nonet", "no definition of a network nonet"), ("unet", "needs its argument spatial_dims"),
            ("segresnet:filters=4", "no argument filters; its arguments are spatial_dims, init_filters"),
            ("segresnet:init_filters=many", "has to be a whole number"), ("segresnet:init_filters=0", "from 1 to"),
            ("segresnet:init_filters=1.5", "whole number"),
            ("segresnet:blocks_down=[1,2]", "blocks_up"), ("segresnet:act=sine", "known are relu"),
            ("segresnet:norm=layer", "known are batch"),
            ("segresnet:norm=[\"group\",{\"groups\":2}]", "an argument groups"), ("segresnet:norm=group", "needs num_groups"),
            ("segresnet:norm=3", "a name or [name, {arguments}]"),
            ("segresnet:upsample_mode=magic", "one of deconv"), ("segresnet:use_conv_final=1", "true or false"),
            ("segresnet:blocks_down=4", "a list of"),
            ("segresnet:init_filters=6", "don't make 8 groups"), ("unet:spatial_dims=3,dimensions=3", "twice"),
            ("unet:spatial_dims=2,in_channels=1,out_channels=1,channels=[2,4],strides=[2],kernel_size=4", "odd"),
            ("unet:spatial_dims=2,in_channels=1,out_channels=1,channels=[2,4,8],strides=[2]", "need 2"),
            ("unet:spatial_dims=2,in_channels=1,out_channels=1,channels=[2,4],strides=[2],adn_ordering=XYZ", "letters"),
            ("ahnet:spatial_dims=3,upsample_mode=bilinear", "can't be bilinear"),
            ("unetr:in_channels=1,out_channels=2,img_size=40", "multiples of 16"),
            ("swinunetr:in_channels=1,out_channels=2", "img_size"),
            ("swinunetr:in_channels=1,out_channels=2,img_size=48", "multiples of 32"),
            ("segresnetds:preprocess=[1]", "code"), ("resnet:layers=[1,1,1,1],block_inplanes=[1,1,1,1]", "block"),
            ("vnet:in_channels=3", "divide 16"),
        ] {
            let error = try error("unet.pt", architecture)
            #expect(error.message.contains(words), "\(architecture): \(error.message)")
            #expect(error.code == .usage || error.code == .unsupported, "\(architecture)")
        }
    }

    @Test func hugeArgumentsCostNothing() throws {
        for architecture in [
            "unet:spatial_dims=3,in_channels=65536,out_channels=65536,channels=[65536,65536],strides=[4096],kernel_size=4095",
            "densenet:spatial_dims=3,in_channels=1,out_channels=2,growth_rate=65536,bn_size=65536,block_config=[256,256]",
            "swinunetr:in_channels=1,out_channels=2,img_size=4096,window_size=4096",
            "unetr:in_channels=1,out_channels=2,img_size=4096,hidden_size=65536,num_heads=1",
            "segresnet:init_filters=65536,blocks_down=[64,64,64,64,64,64,64,64,64,64,64,64],blocks_up=[64,64,64,64,64,64,64,64,64,64,64]",
            "resnet200:widen_factor=100,conv1_t_size=4096",
        ] { _ = try error("unet.pt", architecture) }
    }

    // MARK: Names and places

    @Test func namesOfModulesAreTakenInAnyCase() throws {
        #expect(TorchImporter.networkNames.contains("SegResNet"))
        for name in ["UNet", "unet", "monai.networks.nets.UNet", "monai.networks.nets.unet.Unet"] {
            let arguments = try JSONValue(
                parsing:
                    #"{"dimensions":3,"in_channels":1,"out_channels":2,"channels":[2,4,6],"strides":[2,2],"num_res_units":2,"norm":"BATCH"}"#
            )
            _ = try TorchImporter().importModel(
                path: path("unet.pt"), options: ImportOptions(architecture: .network(name: name, arguments: arguments.members())))
        }
    }

    @Test func notesTellWhatWasDone() throws {
        let networks = try NetworkTests.listed()
        func notes(_ file: String) throws -> [String] {
            let network = try #require(networks.first { $0.file == file })
            let model = try TorchImporter().importModel(path: path(file), options: ImportOptions(architecture: network.architecture))
            #expect(model.format == "torch")
            #expect(model.sourceFiles.map(\.path) == [path(file)])
            return model.notes
        }
        #expect(try notes("segresnet_shuffle.pt") == ["Weights of type bf16 are converted to f32."])
        #expect(
            try notes("unet_wrapped.pt") == [
                "The weights are those under \"network_weights\".", "The prefix module. of all names is left out.",
            ])
        #expect(try notes("dynunet.pt").count == 1)
        #expect(try notes("basicunet.safetensors") == [])
    }

    @Test func theGraphIsNamedAfterModulesAndFree() throws {
        let network = try #require(try NetworkTests.listed().first { $0.file == "segresnet.pt" })
        var options = ImportOptions(architecture: network.architecture)
        var graph = try TorchImporter().importModel(path: path("segresnet.pt"), options: options).graph
        #expect(graph.inputs.map { "\(graph[$0].name) \(graph.type($0))" } == ["input f32[N×2×D×H×W]"])
        #expect(graph.outputs.map { graph[$0].name } == ["output"])
        #expect(graph.value(named: "convInit.conv.weight").flatMap { graph.constant($0)?.shape } == [4, 2, 3, 3, 3])
        let inner = try #require(graph.value(named: "down_layers.0.1"))
        #expect(graph.type(inner).shape?[1] == 4)
        options.outputs = ["down_layers.0.1"]
        graph = try TorchImporter().importModel(path: path("segresnet.pt"), options: options).graph
        #expect(graph.outputs.map { graph[$0].name } == ["down_layers.0.1"])
        options.outputs = ["nowhere"]
        #expect(errorCode { _ = try TorchImporter().importModel(path: path("segresnet.pt"), options: options) } == .usage)
    }

    // MARK: Configurations

    private func architecture(_ text: String) throws -> Architecture? {
        try TorchImporter.architecture(fromMONAIConfiguration: JSONValue(parsing: text))
    }

    @Test func configurationsOfBundlesAndClaraAreRead() throws {
        #expect(
            try architecture(#"{"_target_":"SegResNet","_desc_":"x","init_filters":16,"norm":["group",{"num_groups":8}]}"#)
                == .network(name: "SegResNet", arguments: [.init("init_filters", 16), .init("norm", ["group", ["num_groups": 8]])]))
        #expect(
            try architecture(#"{"name":"SegResNet","args":{"init_filters":16}}"#)
                == .network(name: "SegResNet", arguments: [.init("init_filters", 16)]))
        #expect(try architecture(#"{"name":"VNet"}"#) == .network(name: "VNet", arguments: []))
        #expect(try architecture(#"{"other":1}"#) == nil)
        #expect(try architecture("[]") == nil)
    }

    @Test func codeInConfigurationsIsRefused() throws {
        for text in [
            #"{"_target_":"UNet","channels":"$[2**i for i in range(5)]"}"#, #"{"_target_":"UNet","act":["relu",{"x":"@act"}]}"#,
            #"{"_target_":"$import os","channels":[1]}"#, #"{"name":"UNet","args":{"channels":["%config#channels"]}}"#,
        ] { #expect(errorCode { _ = try architecture(text) } == .unsafeReference, "\(text)") }
        #expect(errorCode { _ = try architecture(#"{"name":"UNet","args":[1]}"#) } == .malformed)
    }

    @Test func aConfigurationFileNamesTheNetwork() throws {
        try withTemporaryFolder { folder in
            let network = try #require(try JSONValue(parsing: String(contentsOfFile: path("networks.json"), encoding: .utf8)).array().first)
            let definition: JSONValue = [
                "network_def": .object([.init("_target_", try network.member("network"))] + (try network.member("arguments").members()))
            ]
            let file = "\(folder)/inference.json"
            try Data(definition.encoded()).write(to: URL(fileURLWithPath: file))
            let model = try TorchImporter().importModel(path: path("segresnet.pt"), options: ImportOptions(architecture: .file(file)))
            #expect(model.sourceFiles.map(\.path) == [path("segresnet.pt"), file])
            try Data("{}".utf8).write(to: URL(fileURLWithPath: file))
            #expect(
                errorCode {
                    _ = try TorchImporter().importModel(path: path("segresnet.pt"), options: ImportOptions(architecture: .file(file)))
                } == .usage)
        }
    }
}
