import Foundation
import Osteon
import TestSupport
import Testing

/// Records of imagined cases, and what follows from them.
@Suite struct EvaluationTests {
    private static func metrics(_ both: Int, _ mine: Int, _ theirs: Int) -> StructureMetrics {
        let counts = OverlapCounts(truePositives: both, falsePositives: mine - both, falseNegatives: theirs - both, trueNegatives: 1000 - mine - theirs + both)
        return StructureMetrics(
            counts: counts, dice: Dice.value(counts, emptyMasks: .nnunet), iou: IntersectionOverUnion.value(counts, emptyMasks: .nnunet),
            hausdorff: counts.referenced == 0 ? .infinity : 1.5, predictedVolume: Double(mine) / 1000, referenceVolume: Double(theirs) / 1000)
    }

    private static func run(cases: Int = 7, against: Bool = true, targets: EvaluationRun.Targets? = nil) -> EvaluationRun {
        EvaluationRun(
            task: .segmentation, model: .init(name: "int8.osteon", files: [.init(name: "int8.osteon", sha256: "00ff")]),
            against: against ? .init(name: "float.osteon", files: [.init(name: "float.osteon", sha256: "ff00")]) : nil, dataset: "dataset_0.json",
            datasetHash: "abcd", list: "validation", structures: [.init(index: 1, name: "Anterior"), .init(index: 2, name: "=Posterior, \"left\"")],
            metrics: MetricSettings(emptyMasks: .nnunet, hausdorff: .monai), bootstrap: Bootstrap(draws: 200, seed: 5), procedure: ["whole volume"],
            targets: targets, cases: (0 ..< cases).map { .init(name: "case_\($0)", images: ["imagesTr/case_\($0).nii.gz"], label: "labelsTr/case_\($0).nii.gz") })
    }

    private static func record(_ index: Int, against: Bool = true) -> CaseRecord {
        if index == 3 { return CaseRecord(index: index, outcome: .failed("imagesTr/case_3.nii.gz is cut short.")) }
        let first = CaseRecord.Figures.masks([metrics(80 - index, 100, 100), index == 5 ? metrics(0, 0, 0) : metrics(60, 90, 90)])
        let second = CaseRecord.Figures.masks([metrics(82, 100, 100), metrics(60, 90, 90)])
        return CaseRecord(
            index: index,
            outcome: .measured(
                CaseRecord.Result(
                    first: first, second: against ? second : nil, agreement: against ? [0.9, 0.95] : [],
                    pictures: [.init(plane: "axial", png: [137, 80, 78, 71, UInt8(index)])])))
    }

    private static let all = (0 ..< 7).map { record($0) }

    @Test func figuresFollowFromTheRecords() throws {
        let summary = try EvaluationSummary(Self.run(), Self.all.reversed())
        let dice = try #require(summary.first.dice)
        #expect(abs(dice.structures[0].value - (80 + 79 + 78 + 76 + 75 + 74) / 600) < 1e-12)
        #expect(dice.structures[0].cases == 6 && dice.structures[1].cases == 5)
        #expect(summary.failures.map(\.name) == ["case_3"])
        #expect(!summary.isComplete && summary.exitCode == 2)
        let drift = try #require(summary.drift)
        #expect(drift.structures[0].worst?.name == "case_6")
        #expect(abs(drift.structures[0].meanDifference - (77.0 - 82) / 100) < 1e-12)
        #expect(drift.structures[1].unpaired == 1)
        #expect(summary.worstCases(2).map(\.record.index) == [0, 1])
        #expect(abs((summary.agreement?.structures[1].value ?? 0) - 0.95) < 1e-12)
    }

    @Test func jsonHasTheShapeOfNNUNet() throws {
        let json = try EvaluationSummary(Self.run(), Self.all).json
        let first = try json.member("metric_per_case").array()[0]
        #expect(try first.member("reference_file").string() == "labelsTr/case_0.nii.gz")
        let metrics = try first.member("metrics").member("1")
        #expect(try metrics.members().map(\.name).prefix(8) == ["Dice", "IoU", "FP", "TP", "FN", "TN", "n_pred", "n_ref"])
        #expect(try json.member("mean").member("1").member("Dice").double() < 1)
        #expect(try json.member("foreground_mean").member("Dice").double() < 1)
        for name in ["intervals", "targets", "drift", "provenance"] { #expect(json[name] != nil) }
        #expect(try JSONValue(parsing: json.text(.indented)) == JSONValue(parsing: json.text()))
    }

    @Test func shardsMergeToTheSameBytes() throws {
        try withTemporaryFolder { folder in
            let run = Self.run()
            let whole = try EvaluationFolder(folder + "/whole", for: run), a = try EvaluationFolder(folder + "/a", for: run)
            let b = try EvaluationFolder(folder + "/b", for: run)
            for record in Self.all {
                try whole.keep(record)
                try (record.index % 2 == 0 ? a : b).keep(record)
            }
            try a.keep(Self.record(1))  // done twice, the same both times
            let one = try EvaluationFolder.merge([folder + "/whole"]), two = try EvaluationFolder.merge([folder + "/b", folder + "/a"])
            #expect(String(describing: one.records) == String(describing: two.records))
            let first = try EvaluationSummary(one.run, one.records), second = try EvaluationSummary(two.run, two.records)
            #expect(first.json.text() == second.json.text())
            #expect(EvaluationPage.page(first).text == EvaluationPage.page(second).text)
            // From memory, as a run without a folder gives it.
            #expect(try EvaluationSummary(run, Self.all).json.text() == first.json.text())
            #expect(EvaluationPage.page(try EvaluationSummary(run, Self.all)).text == EvaluationPage.page(first).text)
            try EvaluationTables.write(first, to: folder + "/csv1")
            try EvaluationTables.write(second, to: folder + "/csv2")
            for name in ["cases.csv", "summary.csv", "drift.csv"] {
                #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/csv1/\(name)")) == Data(contentsOf: URL(fileURLWithPath: "\(folder)/csv2/\(name)")))
            }
        }
    }

    @Test func foldersOfOtherRunsAndDamageAreRefused() throws {
        try withTemporaryFolder { folder in
            let store = try EvaluationFolder(folder + "/a", for: Self.run())
            try store.keep(Self.record(0))
            #expect(errorCode { _ = try EvaluationFolder(folder + "/a", for: Self.run(cases: 8)) } == .usage)
            #expect(errorCode { _ = try EvaluationFolder.merge([folder + "/a"]) } == .usage)  // six cases are missing
            _ = try EvaluationFolder(folder + "/b", for: Self.run(cases: 6))
            #expect(errorCode { _ = try EvaluationFolder.merge([folder + "/a", folder + "/b"]) } == .usage)
            let path = folder + "/a/case-00000.json", text = try String(contentsOfFile: path, encoding: .utf8)
            for damaged in [
                text.replacingOccurrences(of: "\"TP\": 80", with: "\"TP\": \"many\""), String(text.dropLast(20)),
                text.replacingOccurrences(of: "\"index\": 0", with: "\"index\": 1"),
                text.replacingOccurrences(of: "\"axial\"", with: "\"../axial\""), text.replacingOccurrences(of: "\"second\"", with: "\"third\""),
            ] {
                #expect(damaged != text)
                try damaged.write(toFile: path, atomically: true, encoding: .utf8)
                #expect(errorCode { _ = try store.record(of: 0) } == .malformed)
            }
            #expect(try store.record(of: 1) == nil)
        }
    }

    @Test func recordsComeBackAsTheyWere() throws {
        try withTemporaryFolder { folder in
            let store = try EvaluationFolder(folder, for: Self.run())
            for index in [0, 3, 5] {
                let record = Self.record(index)
                try store.keep(record)
                let back = try #require(try store.record(of: index))
                #expect(back.failure == record.failure)
                #expect(back.result?.pictures == record.result?.pictures)
                #expect(String(describing: back) == String(describing: record))  // NaN and infinity, too
            }
        }
    }

    @Test func tablesAreSafeForSpreadsheets() throws {
        try withTemporaryFolder { folder in
            try EvaluationTables.write(EvaluationSummary(Self.run(), Self.all), to: folder)
            let lines = try String(contentsOfFile: folder + "/cases.csv", encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1 + 6 * 2 * 2 + 1)
            #expect(lines[0] == "case,model,label,structure,error,dice,iou,hd95_mm,nsd,volume_pred_ml,volume_ref_ml")
            #expect(lines[1] == "case_0,int8.osteon,1,Anterior,,0.8,\(2.0 / 3),1.5,,0.1,0.1")
            #expect(lines[2].hasPrefix("case_0,int8.osteon,2,\"'=Posterior, \"\"left\"\"\",,"))
            #expect(lines.contains("case_3,,,,imagesTr/case_3.nii.gz is cut short.,,,,,,"))
        }
    }

    @Test func aPageNeedsNothingAndEscapesNames() throws {
        let text = EvaluationPage.page(try EvaluationSummary(Self.run(), Self.all)).text
        #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("<script"))
        #expect(text.contains("=Posterior, &quot;left&quot;") && text.contains("case_3") && text.contains("data:image/png;base64,"))
        // Colours say which structure, and the worst cases come with the planes' sides.
        #expect(text.contains("rgb(213,94,0)") && text.contains("rgb(86,180,233)") && text.contains("axial: right on the left"))
    }

    @Test(arguments: [(0.77, 0.0, Int32(0)), (0.78, 0.0, 4), (0.78, 0.01, 0), (0.9, 0.1, 4)])
    func targetsDecideTheExitCode(documented: Double, tolerance: Double, code: Int32) throws {
        let targets = EvaluationRun.Targets(
            model: "segmentation_mri_hippocampus", tolerance: tolerance, figures: [.init(metric: "dice", name: "Anterior", index: 1, value: documented)])
        let cases = [0, 1, 2, 4, 5, 6].map { Self.record($0) }.enumerated().map { CaseRecord(index: $0, outcome: $1.outcome) }
        let summary = try EvaluationSummary(Self.run(cases: 6, targets: targets), cases)
        #expect(summary.targets.count == 1 && summary.targets[0].cases == 6)
        #expect(summary.exitCode == code)
        #expect(summary.targetTitle(0) == "Dice Anterior")
    }

    @Test func figuresOfAnotherNameSayTheirStructure() throws {
        let targets = EvaluationRun.Targets(
            model: "m", tolerance: 0, figures: [.init(metric: "dice", name: "mean_dice1", index: 1, value: 0.5), .init(metric: "dice", name: "mean", index: nil, value: 0.5)])
        let summary = try EvaluationSummary(Self.run(targets: targets), Self.all)
        #expect(summary.targetTitle(0) == "Dice mean_dice1 (Anterior)" && summary.targetTitle(1) == "Dice mean")
    }

    @Test func aFigureThatWasntMeasuredIsMissed() throws {
        let targets = EvaluationRun.Targets(model: "m", tolerance: 1, figures: [.init(metric: "dice", name: "Tail", index: 9, value: 0.1)])
        let summary = try EvaluationSummary(Self.run(cases: 1, targets: targets), [Self.record(0)])
        #expect(summary.targets[0].measured.isNaN && summary.exitCode == 4)
    }

    @Test func findingsAreScored() throws {
        let run = EvaluationRun(
            task: .classification, model: .init(name: "a", files: []), against: .init(name: "b", files: []), dataset: "d.json", datasetHash: "", list: "validation",
            structures: [.init(index: 0, name: "Mass"), .init(index: 1, name: "Hernia")], metrics: MetricSettings(), bootstrap: Bootstrap(draws: 100),
            targets: .init(model: "m", tolerance: 0, figures: [.init(metric: "auc", name: "Mass", index: 0, value: 0.7), .init(metric: "auc", name: "mean", index: nil, value: 0.7)]),
            cases: (0 ..< 6).map { .init(name: "p\($0)", images: ["p\($0).png"], label: "") })
        let scores: [[Double]] = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.3], [0.4, 0.4], [0.2, 0.5], [0.1, 0.6]]
        let records = scores.indices.map { index in
            CaseRecord(
                index: index,
                outcome: .measured(.init(first: .scores(scores[index]), second: .scores(scores[5 - index]), truth: [index < 3, false])))
        }
        let summary = try EvaluationSummary(run, records)
        #expect(abs(summary.first.findings[0].curve.area - 8.0 / 9) < 1e-12)
        #expect(summary.first.findings[1].curve.area.isNaN)
        #expect(summary.first.meanArea?.cases == 1)
        #expect(summary.targets.allSatisfy(\.isMet) && summary.exitCode == 0)
        #expect(abs((summary.areaDrift[0].difference?.difference ?? 0) - 7.0 / 9) < 1e-12)
        #expect(summary.areaDrift[1].difference == nil)
        try withTemporaryFolder { folder in
            let store = try EvaluationFolder(folder, for: run)
            for record in records { try store.keep(record) }
            let merged = try EvaluationFolder.merge([folder])
            #expect(try EvaluationSummary(merged.run, merged.records).json.text() == summary.json.text())
            #expect(EvaluationPage.page(summary).text.contains("Mass"))
            try EvaluationTables.write(summary, to: folder)
        }
    }

    @Test func shardsAreCheckedAndCoverAll() throws {
        for (index, count) in [(0, 1), (2, 1), (1, 0), (-1, 3)] { #expect(errorCode { _ = try ModelEvaluation.Shard(index: index, count: count) } == .usage) }
        let shards = try (1 ... 3).map { try ModelEvaluation.Shard(index: $0, count: 3) }
        for place in 0 ..< 10 { #expect(shards.count { $0.contains(place) } == 1) }
    }
}
