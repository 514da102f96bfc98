import ArchiveImport
import Contracts
import Foundation
import TestSupport
import Testing

/// Which of an archive's files is taken as its model.
@Suite struct ModelFileTests {
    private func model(_ archive: ArchiveMaker) throws -> String {
        let contract = try archive.contract()
        return try #require(contract.sources.first { $0.part == "model" }?.file)
    }

    @Test func theFrozenGraphComesBeforeTheRewrittenOne() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.copy("tensorflow/segresnet.pb", to: "models/model.trt.pb")
            #expect(try model(archive) == "models/model.fzn.pb")
            try archive.remove("models/model.fzn.pb")
            #expect(try model(archive) == "models/model.trt.pb")
            #expect(try archive.imported().notes.contains { $0.contains("rewritten for a GPU") })
        }
    }

    @Test func aCheckpointIsTakenWhereThereIsNoFrozenGraph() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.remove("models/model.fzn.pb")
            for suffix in ["index", "meta", "data-00000-of-00001"] {
                for name in ["model.ckpt", "model_final.ckpt"] {
                    try archive.copy("tensorflow_saved/resource/model.ckpt.\(suffix)", to: "models/\(name).\(suffix)")
                }
            }
            #expect(try model(archive) == "models/model.ckpt")
            try archive.write(
                "models/checkpoint",
                text: "model_checkpoint_path: \"/workspace/models/model_final.ckpt\"\nall_model_checkpoint_paths: \"x\"\n")
            #expect(try model(archive) == "models/model_final.ckpt")
            let notes = try archive.imported().notes
            #expect(notes.contains { $0.contains("also has model.ckpt") })
            // A part of it that lies elsewhere.
            try archive.remove("models/model_final.ckpt.data-00000-of-00001")
            try archive.link("models/model_final.ckpt.data-00000-of-00001", to: "model.ckpt.data-00000-of-00001")
            #expect(errorCode { _ = try archive.imported() } == .unsafeReference)
        }
    }

    @Test func theModelAConfigurationNamesComesFirst() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.copy("tensorflow/segresnet.pb", to: "models/best.fzn.pb")
            func load(_ loader: JSONValue) throws {
                try archive.write("config/config_validation.json", ["pre_transforms": ["LoadNifti"], "model_loader": ["args": loader]])
            }
            try load(["model_file_path": "{MMAR_CKPT_DIR}/best.trt.pb"])
            #expect(try model(archive) == "models/best.fzn.pb")
            try load(["model_file_path": "models/other.pb"])
            #expect(try model(archive) == "models/model.fzn.pb")
            for name in ["best.fzn.pb", "model.fzn.pb"] { try archive.remove("models/\(name)") }
            for suffix in ["index", "meta", "data-00000-of-00001"] {
                for name in ["model.ckpt", "round_7.ckpt"] {
                    try archive.copy("tensorflow_saved/resource/model.ckpt.\(suffix)", to: "models/\(name).\(suffix)")
                }
            }
            try load(["checkpoint_dir": "{MMAR_CKPT_DIR}", "checkpoint_file_prefix": "round_7.ckpt"])
            #expect(try model(archive) == "models/round_7.ckpt")
        }
    }

    @Test func aSavedModelIsTaken() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.remove("models/model.fzn.pb")
            try archive.make("models/saved/variables")
            for name in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
                try archive.copy("tensorflow_saved/graph_mode/\(name)", to: "models/saved/\(name)")
            }
            #expect(try model(archive) == "models/saved/saved_model.pb")
        }
    }

    @Test func otherNamesAreTakenToo() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.copy("tensorflow/segresnet.pb", to: "models/a.fzn.pb")
            #expect(try model(archive) == "models/model.fzn.pb")
            #expect(try archive.imported().notes.contains { $0.contains("also has a.fzn.pb") })
            try archive.remove("models/model.fzn.pb")
            #expect(try model(archive) == "models/a.fzn.pb")
            try archive.remove("models/a.fzn.pb")
            try archive.copy("tensorflow/segresnet.pb", to: "models/frozen.pb")
            #expect(try model(archive) == "models/frozen.pb")
        }
    }

    @Test func theFolderThatTheEnvironmentNamesComesFirst() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.make("trained/v1")
            try archive.copy("tensorflow/segresnet.pb", to: "trained/model.fzn.pb")
            try archive.write("config/environment.json", ["MMAR_CKPT_DIR": "{MMAR_ROOT}/trained"])
            #expect(try model(archive) == "trained/model.fzn.pb")
            try archive.remove("trained/model.fzn.pb")
            try archive.remove("models/model.fzn.pb")
            try archive.copy("tensorflow/segresnet.pb", to: "trained/v1/model.fzn.pb")
            #expect(try model(archive) == "trained/v1/model.fzn.pb")
        }
    }

    @Test func aModelBesideItsConfigurationsIsFound() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.remove("models")
            try archive.copy("onnx/unet3d_small.onnx", to: "network.onnx")
            #expect(try model(archive) == "network.onnx")
        }
    }

    @Test func whatCannotBeReadIsExplained() throws {
        let cases: [(file: String, words: String)] = [
            ("models/model.ts", "TorchScript"), ("models/v1/model.zip", "unpack"), ("models/model.plan", "compiled for one GPU"),
        ]
        for (file, words) in cases {
            try withTemporaryFolder { parent in
                let archive = try MMARTests.liver(parent)
                try archive.remove("models/model.fzn.pb")
                try archive.write(file, text: "x")
                #expect(errorCode { _ = try archive.imported() } == .unsupported)
                #expect(refusal { _ = try archive.imported() }.contains(words))
            }
        }
    }

    /// Without a graph and its names, weights need the network of the training configuration.
    @Test func weightsTakeTheNetworkOfTheTrainingConfiguration() throws {
        try withTemporaryFolder { parent in
            let archive = try MMARTests.liver(parent)
            try archive.remove("models/model.fzn.pb")
            try archive.write("models/model.pt", text: "not a model")
            #expect(errorCode { _ = try archive.imported() } != nil)
            try archive.remove("config/config_train.json")
            #expect(errorCode { _ = try archive.imported() } == .unsupported)
            #expect(refusal { _ = try archive.imported() }.contains("‹architecture›"))
        }
    }
}
