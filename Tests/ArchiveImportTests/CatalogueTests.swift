import ArchiveImport
import Foundation
import TestSupport
import Testing

@Suite struct CatalogueTests {
    /// One row of the published model cards, typed from them anew.
    struct Card: Sendable, CustomTestStringConvertible {
        var name: String
        var channels: String
        var shape: String
        var documented: Int
        var graph: Int
        var counts: [Int]
        var scores: [Double]
        var archive: String?

        var testDescription: String { name }

        init(
            _ name: String, _ channels: String, _ shape: String, _ documented: Int, _ graph: Int, _ counts: [Int], _ scores: [Double],
            _ archive: String? = nil
        ) {
            (self.name, self.channels, self.shape) = (name, channels, shape)
            (self.documented, self.graph, self.counts, self.scores, self.archive) = (documented, graph, counts, scores, archive)
        }
    }

    static let cards = [
        Card("segmentation_mri_brain_tumors_br16_full", "T1c T1 T2 FLAIR", "224 224 128", 3, 3, [243, 42], [0.8624, 0.9020, 0.7770]),
        Card("segmentation_mri_brain_tumors_br16_t1c2tc", "T1c", "224 224 128", 1, 2, [243, 42], [0.839]),
        Card("segmentation_ct_liver_and_tumor", "CT", "dynamic", 3, 3, [104, 27], [0.932, 0.495], "Task03_Liver.tar"),
        Card("segmentation_mri_hippocampus", "MRI", "dynamic 96 96 96", 2, 3, [208, 52], [0.872, 0.882, 0.862], "Task04_Hippocampus.tar"),
        Card("segmentation_ct_lung_tumor", "CT", "dynamic 96 96 96", 2, 2, [50, 13], [0.417], "Task06_Lung.tar"),
        Card(
            "segmentation_mri_prostate_cg_and_pz", "T2 ADC", "dynamic 96 96 32", 2, 3, [25, 7], [0.724, 0.485, 0.871], "Task05_Prostate.tar"
        ),
        Card("segmentation_mri_left_atrium", "MRI", "dynamic 96 96 96", 2, 2, [16, 4], [0.9158], "Task02_Heart.tar"),
        Card("segmentation_ct_pancreas_and_tumor", "CT", "dynamic", 3, 3, [224, 57], [0.739, 0.348], "Task07_Pancreas.tar"),
        Card("segmentation_ct_colon_tumor", "CT", "dynamic 96 96 96", 2, 2, [100, 26], [0.367], "Task10_Colon.tar"),
        Card("segmentation_ct_hepatic_vessel_and_tumor", "CT", "dynamic", 3, 3, [242, 61], [0.523, 0.422], "Task08_HepaticVessel.tar"),
        Card("segmentation_ct_spleen", "CT", "dynamic 96 96 96", 2, 2, [32, 9], [0.951], "Task09_Spleen.tar"),
        Card("classification_chestxray", "CXR", "256 256", 15, 15, [], [0.868]),
    ]

    @Test(arguments: cards) func entryHasTheFiguresOfItsCard(card: Card) throws {
        let entry = try #require(try Catalogue.standard().model(named: card.name))
        #expect(entry.name == card.name)
        #expect(entry.input.channels.map(\.name).joined(separator: " ") == card.channels)
        let shape: String =
            switch entry.input.shape {
            case .dynamic: "dynamic"
            case .fixed(let shape): shape.map { "\($0)" }.joined(separator: " ")
            case nil: ""
            }
        #expect(([shape] + (entry.input.actualShape ?? []).map { "\($0)" }).joined(separator: " ") == card.shape)
        #expect(entry.output.documentedChannels == card.documented)
        #expect(entry.output.channels == card.graph)
        #expect([entry.data.training, entry.data.validation].compactMap { $0 } == card.counts)
        #expect(entry.targets.map(\.value) == card.scores)
        #expect(entry.targets.allSatisfy { $0.metric == (entry.task == .classification ? .auc : .dice) })
        #expect(entry.data.archive == card.archive)
    }

    @Test func itHoldsTheCardsInOrderAndTheAnnotationModels() throws {
        let models = try Catalogue.standard().models
        #expect(models.prefix(12).map(\.name) == Self.cards.map(\.name))
        #expect(models.dropFirst(12).allSatisfy { $0.task == .annotation && $0.name.hasPrefix("annotation_") })
        #expect(models.count == 24)
    }

    @Test func labelsNumberTheChannels() throws {
        for entry in try Catalogue.standard().models {
            if let channels = entry.output.channels {
                #expect(entry.output.labels.map(\.index) == Array(0..<channels), "\(entry.name)")
            } else {
                #expect(entry.output.labels.isEmpty && entry.output.confidence == .unknown)
            }
            for target in entry.targets { #expect(target.label.map { $0 < entry.output.labels.count } ?? true, "\(entry.name)") }
            // Where graph and card differ, it's said why.
            #expect(entry.output.channels == entry.output.documentedChannels || entry.output.note != nil, "\(entry.name)")
            #expect((entry.intensity.transform == nil) == (entry.intensity.confidence == .unknown), "\(entry.name)")
        }
    }

    @Test func xRayLabelsStandInTheOrderOfTheOutput() throws {
        let labels = try Catalogue.standard().entry(named: "classification_chestxray").output.labels
        #expect(
            labels.map(\.name) == [
                "Nodule", "Mass", "Distortion of Pulmonary Architecture", "Pleural Based Mass", "Granuloma", "Fluid in Pleural Space",
                "Right Hilar Abnormality", "Left Hilar Abnormality", "Major Atelectasis", "Infiltrate", "Scarring", "Pleural Fibrosis",
                "Bone/Soft Tissue Lesion", "Cardiac Abnormality", "COPD",
            ])
    }

    /// One published mean is the mean of its classes, the other isn't: neither is derived.
    @Test func documentedMeansAreKeptAsTheyStand() throws {
        let hippocampus = try Catalogue.standard().entry(named: "segmentation_mri_hippocampus").targets.map(\.value)
        #expect(abs(hippocampus[0] - (hippocampus[1] + hippocampus[2]) / 2) < 1e-9)
        let prostate = try Catalogue.standard().entry(named: "segmentation_mri_prostate_cg_and_pz").targets.map(\.value)
        #expect(abs(prostate[0] - (prostate[1] + prostate[2]) / 2) > 0.04)
    }

    @Test func misprintsAreKeptApartFromTheReading() throws {
        let targets = try Catalogue.standard().entry(named: "segmentation_mri_hippocampus").targets
        #expect(targets[2].name == "mean_dice2" && targets[2].documented == "mean_dice_dice2")
        let prostate = try Catalogue.standard().entry(named: "segmentation_mri_prostate_cg_and_pz")
        #expect(prostate.errata.contains { $0.documented.hasPrefix("Prostrate") && $0.reading.hasPrefix("Prostate") })
    }

    @Test func laterNamesAndVersionsAreFound() throws {
        let catalogue = try Catalogue.standard()
        #expect(catalogue.model(named: "segmentation_ct_spleen_v1")?.name == "segmentation_ct_spleen")
        #expect(catalogue.model(named: "Clara_CT_seg_spleen_no_amp")?.name == "segmentation_ct_spleen")
        #expect(catalogue.model(named: "classification_chest_xray")?.name == "classification_chestxray")
        #expect(catalogue.model(named: "segmentation_ct_spleen_vx") == nil)
    }

    @Test func anUnknownNameIsAnsweredWithNearOnes() throws {
        let catalogue = try Catalogue.standard()
        #expect(catalogue.names(near: "segmentation_ct_spline").first == "segmentation_ct_spleen")
        #expect(catalogue.names(near: "pancreas").contains("segmentation_ct_pancreas_and_tumor"))
        #expect(catalogue.names(near: "zzzzzzzzzzzzzzzzzzzzzzzzzzzz").isEmpty)
        do {
            _ = try catalogue.entry(named: "hippocampus")
            Issue.record("it was found")
        } catch {
            #expect(error.code == .usage && error.message.contains("segmentation_mri_hippocampus"))
        }
    }

    @Test func itIsWrittenAsItStands() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/ArchiveImport/Resources/catalog.json")
        let source = try JSONValue(parsing: String(contentsOf: file, encoding: .utf8))
        let models = try source.member("models").array()
        #expect(models.count == 24)
        for (entry, model) in zip(try Catalogue.standard().models, models) { #expect(entry.json.text() == model.text(), "\(entry.name)") }
    }

    /// The decoder takes just the members the format names.
    @Test func anyOtherShapeIsRefused() throws {
        let entry = try Catalogue.standard().models[0].json
        let changes: [(inout [JSONValue.Member]) -> Void] = [
            { $0.removeAll { $0.name == "notes" } },
            { $0.append(.init("more", 1)) },
            { $0[0].value = 3 },
            { members in for index in members.indices where members[index].name == "task" { members[index].value = "guessing" } },
            { members in for index in members.indices where members[index].name == "targets" { members[index].value = [["metric": "dice"]] }
            },
        ]
        func catalogue(_ entries: [JSONValue]) throws(OsteonError) -> Catalogue {
            try Catalogue(json: ["schema": "osteon.catalog.1", "source": "", "models": .array(entries)])
        }
        #expect(try catalogue([entry]).models.count == 1)
        #expect(errorCode { _ = try catalogue([entry, entry]) } == .malformed)
        for change in changes {
            var members = try entry.members()
            change(&members)
            let changed = JSONValue.object(members)
            #expect(errorCode { _ = try catalogue([changed]) } == .malformed)
        }
    }
}
