import Contracts
import TestSupport
import Testing

/// The versions of the server's configuration, and the names of the first release.
@Suite struct MMARVersionTests {
    /// Of 2019: flat, and with the names components had before their renaming.
    @Test func versionOneIsReadInTheWordsOfVersionTwo() throws {
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "segmentation_mri_brain_tumors_br16_t1c2tc_v1")
            try archive.copy("tensorflow/anisotropic.pb")
            try archive.write(
                "config/config_aiaa.json",
                [
                    "version": "1", "type": "segmentation", "labels": ["TC"], "description": "", "sw_batch_size": 1,
                    "input_nodes": ["image": "NV_MODEL_INPUT"], "output_nodes": ["model": "NV_MODEL_OUTPUT"],
                    "pre_transforms": [
                        Component.make("LoadNifty", ["applied_keys": ["image"]]),
                        Component.make("Load3DShapeFromNumpy", ["applied_keys": ["image"]]),
                        Component.make("LoadResolutionFromNifty", ["applied_key": "image"]),
                        Component.make("VolumeTo4DArray", ["applied_keys": ["image"]]),
                        Component.make(
                            "ResampleVolume",
                            [
                                "applied_key": "image", "resolution": "image_resolution", "target_resolution": [1, 1, 1],
                            ]),
                        Component.make("NormalizeNonzeroIntensities", ["applied_keys": ["image"]]),
                    ],
                    "post_transforms": [
                        Component.make("ThresholdValues", ["applied_keys": "model", "threshold": 0.5]),
                        Component.make(
                            "SplitAcrossChannels",
                            ["applied_key": "model", "squeeze": false, "channel_names": ["background_unused", "TC"]]),
                        Component.make("NPResize3D", ["applied_keys": ["model"], "output_shape_key": "image_shape", "nearest": true]),
                    ],
                ])
            try archive.write(
                "config/config_validation_ckpt.json",
                [
                    "pre_transforms": [Component.make("LoadNifty", ["applied_key": "image"])],
                    "inferer": Component.make("ScanWindowInferer", ["is_channels_first": true, "roi_size": [224, 224, 128]]),
                    "label_transforms": [Component.make("BratsConvertLabels", ["applied_keys": ["label"], "classes": ["TC"]])],
                    "val_metrics": [
                        Component.make("MetricAverageFromArrayDice", ["name": "mean_dice", "applied_key": "TC", "label_key": "TC_label"])
                    ],
                ])
            let contract = try archive.contract()
            let served = try #require(contract.pipelines.last)
            #expect(
                served.preprocessing.map(\.name) == [
                    "LoadNifti", "ConvertToChannelsFirst", "ScaleByResolution", "NormalizeNonzeroIntensities",
                ])
            #expect(served.preprocessing[2].arguments == [.init("fields", "image"), .init("target_resolution", [1, 1, 1])])
            #expect(served.preprocessing[2].originalName == "LoadResolutionFromNifty + ResampleVolume")
            #expect(served.preprocessing[3].normalizesNonzero)
            #expect(
                served.postprocessing[2]
                    == ImagingTransform(
                        name: "RestoreOriginalShape", arguments: [.init("field", "model"), .init("is_label", true)],
                        originalName: "NPResize3D"))
            #expect(contract.window?.inferer?.name == "TFScanWindowInferer" && contract.window?.region == [224, 224, 128])
            #expect(
                contract.labelTransforms == [
                    ImagingTransform(
                        name: "ConvertToMultiChannelBasedOnBratsClasses",
                        arguments: [.init("fields", ["label"]), .init("class_names", ["TC"])],
                        originalName: "BratsConvertLabels")
                ])
            #expect(contract.metrics.first?.name == "ComputeAverageDice" && contract.metrics.first?["label_field"] == "TC_label")
            // The card says one channel, the graph has two, the first of them unused.
            #expect(contract.output.labels.map(\.name) == ["background_unused", "TC"] && contract.output.activation == .sigmoid)
            #expect(contract.documentation?.documentedChannels == 1 && contract.documentation?.channels == 2)
            #expect(contract.documentation?.notes.isEmpty == false)
            #expect(contract.documentation?.targets == [.init(metric: "dice", name: "TC", label: 1, value: 0.839)])
        }
    }

    /// Nodes are mapped to fields, and the graph's ends have names of their own.
    @Test func versionThreeNamesTheEndsOfTheGraph() throws {
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "my_model")
            try archive.copy("tensorflow/unet3d.pb")
            try archive.write(
                "config/config_aiaa.json",
                [
                    "version": "3", "type": "others", "labels": ["a"], "description": "none",
                    "pre_transforms": .array(Component.load("scan")), "post_transforms": [],
                    "inference": [
                        "image": "scan", "name": "TFInference", "args": ["scanning_window": true, "batch_size": 1, "roi": [288, 288, 64]],
                        "node_mapping": ["input": "scan", "prob": "result"],
                    ],
                ])
            let contract = try archive.contract()
            #expect(contract.task == .other)
            #expect(contract.input.name == "input" && contract.input.field == "scan" && contract.input.layout == .channelsLast)
            #expect(contract.output.name == "prob" && contract.output.field == "result" && contract.output.layout == .channelsLast)
            // Two channels that may overlap, and a name for one: the first is unused.
            #expect(contract.output.activation == .sigmoid && contract.output.labels == [.init(index: 1, name: "a")])
            #expect(contract.window?.region == [288, 288, 64] && contract.window?.inferer?.name == "TFInference")
            #expect(contract.documentation == nil)
        }
    }

    /// An input in the middle of a graph, where TensorFlow wrote no shape, takes its channels from the server's configuration.
    @Test func anInnerInputGetsItsChannels() throws {
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "inner")
            try archive.copy("tensorflow/segresnet.pb")
            try archive.write(
                "config/config_aiaa.json",
                [
                    "version": "3", "type": "segmentation",
                    "inference": [
                        "node_mapping": ["InitialConv/Conv3D": "image", "NV_MODEL_OUTPUT": "model"], "args": ["scanning_window": false],
                        "trtis": [
                            "input": [["name": "InitialConv/Conv3D", "data_type": "TYPE_FP32", "dims": [4, -1, -1, -1]]],
                            "output": [["name": "NV_MODEL_OUTPUT", "data_type": "TYPE_FP32", "dims": [7, -1, -1, -1]]],
                        ],
                    ],
                ])
            let model = try archive.imported()
            let input = try #require(model.graph.inputs.first)
            let name = "InitialConv/Conv3D"
            #expect(model.graph.type(input).shape == [.free("N"), .fixed(4), .free("\(name)_2"), .free("\(name)_3"), .free("\(name)_4")])
            let contract = try #require(model.imaging)
            #expect(contract.input.channels.map(\.name) == (0..<4).map { "channel \($0)" })
            // Without the server's shapes, the modalities of the cases count the channels.
            try archive.write(
                "config/list.json",
                [
                    "modality": ["0": "T1c", "1": "T1", "2": "T2", "3": "FLAIR"], "training": [["image": ["a", "b", "c", "d"]]],
                ])
            try archive.write(
                "config/config_aiaa.json", ["inference": ["node_mapping": ["InitialConv/Conv3D": "image", "NV_MODEL_OUTPUT": "model"]]])
            #expect(try archive.contract().input.channels.map(\.modality) == ["T1c", "T1", "T2", "FLAIR"])
            #expect(contract.input.channels.count == 4 && contract.window?.mode == .simple)
            #expect(contract.notes == ["the output has 3 channels, config/config_aiaa.json says 7"])
        }
    }

    /// As a server stores it: under the model's name, with the members of `inference` beside the others.
    @Test func serverExpandedCopiesAreRead() throws {
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "copy")
            try archive.copy("tensorflow/segresnet.pb")
            try archive.write(
                "config/config_aiaa.json",
                [
                    "segmentation_ct_pancreas_and_tumor": [
                        "version": "2", "type": "segmentation", "labels": ["pancreas", "tumor"], "format": "trtmodel",
                        "path": "/var/models/x.trt.pb",
                        "pre_transforms": .array(Component.load("image")), "inference_roi": [96, 96, 96], "inference_scanning_window": true,
                        "inference_batch_size": 2,
                    ]
                ])
            let contract = try archive.contract()
            #expect(contract.window?.region == [96, 96, 96] && contract.window?.batch == 2)
            #expect(contract.output.labels.map(\.name) == ["background", "pancreas", "tumor"])
            #expect(contract.documentation?.targets.map(\.value) == [0.739, 0.348])
        }
    }
}
