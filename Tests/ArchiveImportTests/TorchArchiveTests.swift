import ArchiveImport
import Contracts
import TestSupport
import Testing

/// Archives whose model is weights for PyTorch: MONAI bundles, and MMARs of Clara Train 4.
@Suite struct TorchArchiveTests {
    static let unet: JSONValue = [
        "spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [2, 4, 6], "strides": [2, 2], "num_res_units": 2,
        "norm": "batch",
    ]

    /// A bundle like the published ones, with references between its parts.
    private static func bundle(_ parent: String) throws -> ArchiveMaker {
        let archive = try ArchiveMaker(parent, "spleen_ct_segmentation")
        try archive.remove("config")
        try archive.copy("torch/unet.pt", to: "models/model.pt")
        try archive.write(
            "configs/metadata.json",
            [
                "version": "0.5.0", "task": "Spleen CT segmentation",
                "description": "Volumetric (3D) segmentation of the spleen from CT image",
                "eval_metrics": ["mean_dice": 0.96, "loss": 3.5],
                "network_data_format": [
                    "inputs": ["image": ["num_channels": 1, "spatial_shape": [96, 96, 96], "channel_def": ["0": "image"]]],
                    "outputs": ["pred": ["num_channels": 2, "channel_def": ["0": "background", "1": "spleen"]]],
                ],
            ])
        try archive.write("configs/inference.json", inference(["_target_": "UNet", "spatial_dims": 3, "in_channels": "@channels_in"]))
        return archive
    }

    /// - Parameter network: completed with the rest of the fixture's arguments.
    private static func inference(_ network: JSONValue) throws -> JSONValue {
        let rest = try unet.members().filter { network[$0.name] == nil }
        return [
            "channels_in": 1, "sizes": ["roi": [96, 96, 96]], "device": "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
            "network_def": .object(try network.members() + rest), "network": "$@network_def.to(@device)",
            "deterministic": [
                ["_target_": "LoadImaged", "keys": "image"], ["_target_": "Spacingd", "keys": "image", "pixdim": [1.5, 1.5, 2.0]],
            ],
            "preprocessing": [
                "_target_": "Compose",
                "transforms": [
                    ["_target_": "LoadImaged", "keys": "image"], ["_target_": "monai.transforms.EnsureChannelFirstd", "keys": "image"],
                    ["_target_": "Orientationd", "keys": "image", "axcodes": "RAS", "_disabled_": true],
                    [
                        "_target_": "ScaleIntensityRanged", "keys": "image", "a_min": -57, "a_max": 164, "b_min": 0, "b_max": 1,
                        "clip": "$True",
                    ],
                    ["_target_": "EnsureTyped", "keys": "image", "device": "@device"],
                ],
            ],
            "inferer": ["_target_": "SlidingWindowInferer", "roi_size": "@sizes::roi", "sw_batch_size": 4, "overlap": 0.5],
            "postprocessing": ["_target_": "Compose", "transforms": [["_target_": "AsDiscreted", "keys": "pred", "argmax": true]]],
        ]
    }

    @Test func aBundleBecomesANetworkAndItsContract() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.bundle(parent)
            #expect(try ArchiveMaker.recognizes(archive.path))
            let model = try archive.imported()
            #expect(model.graph.outputs.count == 1 && model.format == "torch")
            let contract = try #require(model.imaging)
            #expect(contract.task == .segmentation && contract.output.activation == ImagingContract.Activation.none)
            #expect(contract.input.field == "image" && contract.output.field == "pred")
            #expect(contract.output.labels.map(\.name) == ["background", "spleen"] && contract.output.channels == 2)
            #expect(contract.preprocessing.map(\.name) == ["LoadImaged", "EnsureChannelFirstd", "ScaleIntensityRanged", "EnsureTyped"])
            #expect(contract.preprocessing[1].originalName == "monai.transforms.EnsureChannelFirstd")
            #expect(contract.preprocessing[2].intensityRange?.sourceMinimum == -57 && contract.preprocessing[2]["clip"] == true)
            // Code is kept as text and never run.
            #expect(contract.preprocessing[3].text("device")?.hasPrefix("$torch.device") == true)
            #expect(contract.window?.region == [96, 96, 96] && contract.window?.batch == 4 && contract.window?.overlap == 0.5)
            #expect(contract.postprocessing.map(\.name) == ["AsDiscreted"])
            // Its own score, not that of the older model of the same description.
            #expect(contract.documentation?.targets == [.init(metric: "dice", name: "mean_dice", value: 0.96)])
            #expect(contract.sources.contains(.init(part: "network", file: "configs/inference.json")))
        }
    }

    @Test func referencesReachOtherFilesOfTheBundleOnly() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.bundle(parent)
            try archive.write(
                "configs/shared.json", ["nets": [["_target_": "monai.networks.nets.UNet", "in_channels": "@count"]], "count": 1])
            var json = try archiveJSON(["network_def": "%shared.json::nets::0"])
            try archive.write("configs/inference.json", json)
            // Another UNet: without its channels the fixture's weights don't fit, but the reference was followed.
            #expect(refusal { _ = try archive.imported() }.contains("UNet"))
            for path in ["%../../secret.json::a", "%/etc/passwd.json", "%missing.json"] {
                json = try archiveJSON(["network_def": .string(path)])
                try archive.write("configs/inference.json", json)
                let code = errorCode { _ = try archive.imported() }
                #expect(code == (path.contains("missing") ? .unreadable : .unsafeReference), "\(path)")
            }
        }
    }

    private func archiveJSON(_ changes: JSONValue) throws -> JSONValue {
        let rest = try Self.inference(["_target_": "UNet"]).members().filter { changes[$0.name] == nil }
        return .object(try changes.members() + rest)
    }

    @Test func whatANetworkComputesInPythonIsRefusedByName() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.bundle(parent)
            try archive.write("configs/inference.json", Self.inference(["_target_": "UNet", "out_channels": "$len(@labels) + 1"]))
            #expect(errorCode { _ = try archive.imported() } == .unsupported)
            #expect(refusal { _ = try archive.imported() }.contains("len(@labels) + 1"))
            // A caller who names the network needs no definition.
            let options = ImportOptions(architecture: .network(name: "UNet", arguments: try Self.unet.members()))
            #expect(try archive.contract(options).window?.region == [96, 96, 96])
        }
    }

    @Test func argumentsThatDoNotDoAreTheConfigurationsFault() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.bundle(parent)
            try archive.write("configs/inference.json", Self.inference(["_target_": "UNet", "strides": "wide"]))
            #expect(errorCode { _ = try archive.imported() } == .malformed)
            #expect(refusal { _ = try archive.imported() }.contains("configs/inference.json"))
            #expect(errorCode { _ = try archive.imported(ImportOptions(outputs: ["nowhere"])) } == .usage)
        }
    }

    @Test func literalsAndBareReferencesAreValues() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.bundle(parent)
            try archive.write(
                "configs/inference.json",
                Self.inference([
                    "_target_": "UNet", "in_channels": "$@channels_in", "channels": "$(2, 4, 6)", "strides": "$[2, 2]",
                    "num_res_units": "$2",
                ]))
            #expect(try archive.imported().graph.outputs.count == 1)
        }
    }

    @Test func referencesThatLeadNowhereOrGrowAreStopped() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.bundle(parent)
            var bomb: [JSONValue.Member] = [.init("b0", .string(String(repeating: "x", count: 1_000)))]
            for index in 1..<30 { bomb.append(.init("b\(index)", .array(Array(repeating: .string("@b\(index - 1)"), count: 10)))) }
            let cases: [(JSONValue, OsteonError.Code)] = [
                (["network_def": "@network_def"], .limitExceeded), (["network_def": ["_target_": "UNet", "a": "@nothing"]], .malformed),
                (.object(bomb + [.init("network_def", ["_target_": "UNet", "a": "@b29"])]), .limitExceeded),
            ]
            for (json, code) in cases {
                try archive.write("configs/inference.json", json)
                #expect(errorCode { _ = try archive.imported() } == code, "\(code)")
            }
        }
    }

    @Test func whatABundleLacksIsSaid() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.bundle(parent)
            try archive.remove("configs/inference.json")
            #expect(refusal { _ = try archive.imported() }.contains("network_def"))
            try archive.write("configs/inference.yaml", text: "network_def: {}")
            #expect(refusal { _ = try archive.imported() }.contains("YAML"))
            try archive.write("configs/train.json", try Self.inference(["_target_": "UNet"]))
            #expect(try archive.contract().sources.contains(.init(part: "network", file: "configs/train.json")))
            try archive.remove("models/model.pt")
            try archive.write("large_files.yml", text: "large_files: []")
            #expect(refusal { _ = try archive.imported() }.contains("large_files.yml"))
            try archive.write("models/model.ts", text: "x")
            #expect(refusal { _ = try archive.imported() }.contains("TorchScript"))
        }
    }

    /// Version 4 of Clara Train: MONAI's components in the old layout.
    @Test func anMMAROfVersionFourIsRead() throws {
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "clara_pt_spleen_ct_segmentation_v1")
            try archive.copy("torch/segresnet.pt", to: "models/model.pt")
            try archive.write(
                "config/environment.json",
                [
                    "DATA_ROOT": "/data", "MMAR_CKPT_DIR": "models", "MMAR_CKPT": "models/model.pt", "INPUT_CHANNELS": 2,
                    "OUTPUT_CHANNELS": "3",
                ])
            try archive.write(
                "config/config_train.json",
                [
                    "train": [
                        "model": Component.make(
                            "SegResNet",
                            [
                                "init_filters": 4, "in_channels": "{INPUT_CHANNELS}", "out_channels": 3, "blocks_down": [1, 1],
                                "blocks_up": [1],
                                "norm": ["group", ["num_groups": 2]], "dropout_prob": 0.2,
                            ])
                    ],
                    "validate": [
                        "pre_transforms": [Component.make("LoadImaged", ["keys": ["image", "label"]])],
                        "inferer": Component.make(
                            "SlidingWindowInferer", ["roi_size": [160, 160, 160], "sw_batch_size": 4, "overlap": 0.5]),
                    ],
                ])
            try archive.write(
                "config/config_aiaa.json",
                [
                    "version": 1, "type": "segmentation", "labels": ["a", "b"], "description": "segmentation of the spleen in CT",
                    "pre_transforms": [Component.make("monai.transforms.LoadImaged", ["keys": "image"])],
                    "inference": [
                        "input": "image", "output": "pred",
                        "AIAA": [
                            "name": "aiaa.inference.PyTorchInference",
                            "args": ["scanning_window": true, "roi": [160, 160, 160], "overlap": 0.25, "sw_device": "cpu"],
                        ],
                        "TRITON": ["platform": "pytorch_libtorch"],
                    ],
                    "post_transforms": [Component.make("aiaa.transforms.Restored", ["keys": "pred", "ref_image": "image"])],
                ])
            let contract = try archive.contract()
            #expect(contract.input.channels.count == 2 && contract.output.channels == 3 && contract.output.field == "pred")
            #expect(contract.output.labels.map(\.name) == ["background", "a", "b"])
            let served = try #require(contract.pipelines.first)
            #expect(served.source == "config/config_aiaa.json" && served.window?.overlap == 0.25)
            #expect(served.preprocessing.first?.originalName == "monai.transforms.LoadImaged")
            #expect(served.postprocessing.first?.name == "Restored")
            #expect(contract.documentation?.targets == [])
            // Without a configuration for validation, the one of the training is kept too.
            #expect(contract.pipelines.map(\.source) == ["config/config_aiaa.json", "config/config_train.json"])
            #expect(contract.pipelines[1].window?.overlap == 0.5)
        }
    }
}
