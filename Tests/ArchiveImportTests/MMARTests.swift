import ArchiveImport
import Contracts
import TestSupport
import Testing

/// Archives of the TensorFlow era, with the values of the published ones.
@Suite struct MMARTests {
    /// A segmentation archive of version 2 and 3 with a graph of one input and three softmax channels.
    static func liver(_ parent: String, _ name: String = "segmentation_ct_liver_and_tumor_v1") throws -> ArchiveMaker {
        let archive = try ArchiveMaker(parent, name)
        try archive.copy("tensorflow/segresnet.pb")
        try archive.write(
            "config/environment.json",
            [
                "DATA_ROOT": "/data/Task03_Liver", "DATASET_JSON": "config/dataset_0.json", "PROCESSING_TASK": "segmentation",
                "MMAR_EVAL_OUTPUT_PATH": "eval", "MMAR_CKPT_DIR": "models", "PRETRAIN_WEIGHTS_FILE": "{DATA_ROOT}/resnet50.h5",
            ])
        try archive.write("config/config_validation.json", validation(roi: [160, 160, 160]))
        try archive.write(
            "config/config_train.json",
            [
                "epochs": 1250, "dynamic_input_shape": true,
                "train": [
                    "model": Component.make(
                        "SegAhnet",
                        [
                            "num_classes": 3, "if_use_psp": false, "pretrain_weight_name": "{PRETRAIN_WEIGHTS_FILE}", "plane": "z",
                            "final_activation": "softmax", "n_spatial_dim": 3,
                        ])
                ],
            ])
        let item: JSONValue = ["image": "imagesTr/a.nii", "label": "labelsTr/a.nii"]
        try archive.write(
            "config/dataset_0.json",
            [
                "name": "Liver", "modality": ["0": "CT"], "labels": ["0": "background", "1": "liver", "2": "cancer"], "numTraining": 131,
                "training": .array(Array(repeating: item, count: 104)), "validation": .array(Array(repeating: item, count: 27)),
                "testing": [],
            ])
        return archive
    }

    static func validation(roi: JSONValue, range: JSONValue = Component.range(-21, 189)) -> JSONValue {
        [
            "batch_size": 1, "multi_gpu": false, "use_scanning_window": true,
            "pre_transforms": .array(Component.load("image") + [range]),
            "inferer": Component.make("TFScanWindowInferer", ["roi_size": roi, "batch_size": 3]),
            "model_loader": Component.make("FrozenGraphModelLoader", ["model_file_path": "{MMAR_CKPT_DIR}/model.trt.pb"]),
            "post_transforms": [
                Component.make("ArgmaxAcrossChannels", ["fields": "model"]),
                Component.make("SplitBasedOnLabel", ["field": "model", "label_names": ["pred_class0", "pred_class1", "pred_class2"]]),
                Component.make("CopyProperties", ["fields": ["model"], "from_field": "image", "properties": ["affine"]]),
            ],
            "label_transforms": .array(Component.load("label")),
            "val_metrics": [
                Component.make(
                    "ComputeAverageDice",
                    [
                        "name": "mean_dice1", "field": "pred_class1", "label_field": "label_class1",
                        "report_path": "{MMAR_EVAL_OUTPUT_PATH}",
                    ])
            ],
        ]
    }

    @Test func configurationsBecomeTheContract() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.liver(parent)
            #expect(try ArchiveMaker.recognizes(archive.path))
            let model = try archive.imported()
            let contract = try #require(model.imaging)
            #expect(contract.task == .segmentation && contract.name == "segmentation_ct_liver_and_tumor_v1")
            #expect(contract.input == .init(name: "NV_MODEL_INPUT", channels: [.init(name: "CT", modality: "CT")]))
            #expect(contract.output.name == "NV_MODEL_OUTPUT" && contract.output.channels == 3 && contract.output.activation == .softmax)
            #expect(contract.output.labels.map(\.name) == ["background", "liver", "cancer"])
            #expect(contract.preprocessing.map(\.name) == ["LoadNifti", "ConvertToChannelsFirst", "ScaleIntensityRange"])
            let range = try #require(contract.preprocessing.last?.intensityRange)
            #expect(range.sourceMinimum == -21 && range.sourceMaximum == 189 && range.targetMaximum == 1 && range.clips)
            // An integer stays one and a double too.
            #expect(contract.preprocessing.last?["a_min"] == .integer(-21) && contract.preprocessing.last?["b_min"] == .number(0))
            #expect(contract.window?.mode == .scanning && contract.window?.region == [160, 160, 160] && contract.window?.batch == 3)
            #expect(contract.window?.overlap == nil)
            #expect(contract.postprocessing.map(\.name) == ["ArgmaxAcrossChannels", "SplitBasedOnLabel", "CopyProperties"])
            #expect(contract.labelTransforms.map(\.fields) == [["label"], ["label"]])
            #expect(contract.metrics.first?["report_path"] == "eval")
            #expect(
                contract.datasets.first?.lists == [
                    .init(name: "training", count: 104), .init(name: "validation", count: 27), .init(name: "testing", count: 0),
                ])
            #expect(contract.documentation?.model == "segmentation_ct_liver_and_tumor")
            #expect(contract.documentation?.targets.map(\.value) == [0.932, 0.495])
            #expect(contract.sources.contains(.init(part: "model", file: "models/model.fzn.pb")))
            #expect(contract.sources.contains(.init(part: "pipeline", file: "config/config_validation.json")))
            #expect(contract.notes == [])
            #expect(model.sourceFiles.first?.path.hasSuffix("/models/model.fzn.pb") == true)
            #expect(model.sourceFiles.contains { $0.path.hasSuffix("/config/dataset_0.json") })
        }
    }

    @Test func theServersWayIsKeptBesideTheOneForValidation() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.liver(parent)
            try archive.write(
                "config/config_aiaa.json",
                [
                    "version": "2", "type": "segmentation", "labels": ["liver", "tumor"], "description": "Liver and its tumors.",
                    "pre_transforms": .array([
                        Component.make("LoadNifti", ["fields": "image", "as_closest_canonical": "false"]),
                        Component.make("ScaleByResolution", ["fields": "image", "target_resolution": [1.0, 1.0, 1.0]]),
                        Component.make("ConvertToChannelsFirst", ["fields": "image"]), Component.range(-57, 164),
                    ]),
                    "inference": [
                        "image": "image", "scanning_window": true, "batch_size": 3, "roi": [128, 128, 96],
                        "tf": ["input_nodes": ["image": "NV_MODEL_INPUT"], "output_nodes": ["model": "NV_MODEL_OUTPUT"]],
                        "trtis": ["input_channels": ["image": 1], "output_channels": ["model": 3]],
                    ],
                    "post_transforms": [
                        Component.make("RestoreOriginalShape", ["field": "model", "src_field": "image", "is_label": true])
                    ],
                    "writer": Component.make("WriteNifti", ["field": "model", "dtype": "uint8"]),
                ])
            let contract = try archive.contract()
            #expect(contract.pipelines.map(\.source) == ["config/config_validation.json", "config/config_aiaa.json"])
            #expect(contract.window?.region == [160, 160, 160])
            #expect(contract.pipelines[1].window?.region == [128, 128, 96])
            #expect(contract.pipelines[1].preprocessing[1].targetResolution == [1, 1, 1])
            #expect(contract.pipelines[1].preprocessing[0].flag("as_closest_canonical") == false)
            #expect(contract.pipelines[1].preprocessing[0]["as_closest_canonical"] == "false")
            #expect(contract.text == "Liver and its tumors.")
            #expect(contract.notes.contains { $0.contains("160x160x160") && $0.contains("128x128x96") })
            #expect(contract.notes.contains { $0.contains("-21.0…189.0") && $0.contains("-57.0…164.0") })
            #expect(contract.notes.contains { $0.contains("cancer") && $0.contains("tumor") })
        }
    }

    /// Names that only number the channels are none.
    @Test func overlappingRegionsAreNamedByTheirClasses() throws {
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "regions")
            try archive.copy("tensorflow/anisotropic.pb")
            func labels(_ split: JSONValue, _ classes: JSONValue) throws -> [String] {
                try archive.write(
                    "config/config_validation.json",
                    [
                        "post_transforms": [Component.make("SplitAcrossChannels", ["field": "model", "channel_names": split])],
                        "label_transforms": [
                            Component.make("ConvertToMultiChannelBasedOnBratsClasses", ["fields": "label", "class_names": classes])
                        ],
                    ])
                return try archive.contract().output.labels.map(\.name)
            }
            #expect(try labels(["pred_class0", "pred_class1"], ["TC", "WT"]) == ["TC", "WT"])
            #expect(try labels(["background_unused", "TC"], ["TC"]) == ["background_unused", "TC"])
            #expect(try labels(["pred_class0", "pred_class1"], ["TC"]) == [])
            // A label volume's values aren't channels where regions overlap.
            try archive.write("config/list.json", ["labels": ["0": "background", "1": "edema"], "training": [["image": "a"]]])
            #expect(try labels(["pred_class0", "pred_class1"], ["TC"]) == [])
        }
    }

    @Test func theChestClassifierKeepsItsLabelsAndLayout() throws {
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "classification_chestxray_v1")
            try archive.copy("tensorflow/densenet.pb")
            try archive.write("config/environment.json", ["PROCESSING_TASK": "classification"])
            try archive.write(
                "config/config_validation.json",
                [
                    "pre_transforms": [
                        Component.make("LoadPng", ["fields": "image"]),
                        Component.make("RepeatChannel", ["fields": "image", "repeat_times": 3]),
                    ],
                    "inferer": Component.make("TFSimpleInferer"),
                    "val_metrics": [Component.make("ComputeAUC", ["name": "Average_AUC", "field": "model", "label_field": "label"])],
                ])
            let contract = try archive.contract()
            #expect(contract.task == .classification && contract.input.layout == .channelsLast)
            #expect(contract.input.channels.map(\.name) == ["CXR", "CXR", "CXR"])
            #expect(contract.output.labels.count == 15 && contract.output.labels[13] == .init(index: 13, name: "Cardiac Abnormality"))
            #expect(contract.window?.mode == .simple)
            #expect(contract.documentation?.targets == [.init(metric: "auc", name: "average", value: 0.868)])
        }
    }

    /// A later release has another network: the scores documented for the first aren't its own.
    @Test func anotherNetworkUnderALaterNameGetsNoScores() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.liver(parent, "clara_train_mri_prostate_cg_and_pz_automl_v1")
            let documentation = try #require(try archive.contract().documentation)
            #expect(documentation.targets.isEmpty && documentation.model == "segmentation_mri_prostate_cg_and_pz")
            #expect(documentation.notes.contains { $0.contains("another network") })
        }
    }

    @Test func aDescriptionNamesTheModelOfARenamedFolder() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.liver(parent, "download")
            #expect(try archive.contract().documentation == nil)
            try archive.write(
                "config/config_aiaa.json",
                [
                    "version": "2", "type": "segmentation", "labels": ["liver", "tumor"],
                    "description": "Volumetric segmentation of the liver and tumor in CT",
                ])
            #expect(try archive.contract().documentation?.model == "segmentation_ct_liver_and_tumor")
        }
    }

    @Test func theGraphIsTrustedAboutChannels() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.liver(parent, "segmentation_ct_spleen_v1")
            let contract = try archive.contract()
            #expect(contract.output.channels == 3 && contract.documentation?.documentedChannels == 2)
            #expect(contract.notes.contains { $0.contains("segmentation_ct_spleen is known with 2") })
        }
    }

    @Test func trainingModeIsHonoured() throws {
        try withTemporaryFolder { parent in
            let archive = try ArchiveMaker(parent, "trained")
            try archive.copy("tensorflow/unet2d.pb")
            func configure(_ flag: JSONValue) throws {
                try archive.write(
                    "config/config_validation.json",
                    [
                        "pre_transforms": .array(Component.load("image")),
                        "model_loader": Component.make(
                            "FrozenGraphModelLoader", ["model_file_path": "models/model.fzn.pb", "infer_in_training_mode": flag]),
                    ])
            }
            try configure("false")
            let inference = try archive.imported()
            #expect(inference.imaging?.notes == [])
            try configure(true)
            let training = try archive.imported()
            #expect(training.imaging?.notes.contains { $0.contains("training mode") } == true)
            let operators = { (graph: Graph) in try graph.topologicalOrder().map { Swift.type(of: graph[$0].op).id } }
            #expect(try operators(inference.graph).contains("BatchNormalization"))
            #expect(try !operators(training.graph).contains("BatchNormalization"))
            // The caller's word counts more.
            let asked = try archive.imported(ImportOptions(constants: ["NV_IS_TRAINING": 0]))
            #expect(try operators(asked.graph) == operators(inference.graph))
        }
    }

    @Test func theCallersCutsWin() throws {
        try withTemporaryFolder { parent in
            let archive = try Self.liver(parent)
            let model = try archive.imported(ImportOptions(outputs: ["InitialConv/Conv3D"]))
            #expect(model.graph.outputs.map { model.graph[$0].name } == ["InitialConv/Conv3D"])
            #expect(errorCode { _ = try archive.imported(ImportOptions(outputs: ["nowhere"])) } == .usage)
        }
    }
}
