import Bytes
import Foundation
import Metrics
import Reporting
import TestSupport
import Testing
import Workflows

/// Records of imagined cases, and what follows from them.
@Suite struct EvaluationTests {
    private static func metrics(_ both: Int, _ mine: Int, _ theirs: Int) -> StructureMetrics {
        let counts = OverlapCounts(
            truePositives: both, falsePositives: mine - both, falseNegatives: theirs - both, trueNegatives: 1000 - mine - theirs + both)
        return StructureMetrics(
            counts: counts, dice: Dice.value(counts, emptyMasks: .nnunet), iou: IntersectionOverUnion.value(counts, emptyMasks: .nnunet),
            hausdorff: counts.referenced == 0 ? .nan : 1.5, predictedVolume: Double(mine) / 1000, referenceVolume: Double(theirs) / 1000)
    }

    private static func run(cases: Int = 7, against: Bool = true, targets: EvaluationRun.Targets? = nil) -> EvaluationRun {
        EvaluationRun(
            task: .segmentation, model: .init(name: "int8.osteon", files: [.init(name: "int8.osteon", sha256: "00ff")]),
            against: against ? .init(name: "float.osteon", files: [.init(name: "float.osteon", sha256: "ff00")]) : nil,
            dataset: "dataset_0.json",
            datasetHash: "abcd", list: "validation",
            structures: [.init(index: 1, name: "Anterior"), .init(index: 2, name: "=Posterior, \"left\"")],
            metrics: MetricSettings(emptyMasks: .nnunet, hausdorff: .monai), bootstrap: Bootstrap(draws: 200, seed: 5),
            procedure: ["whole volume"],
            targets: targets,
            cases: (0..<cases).map {
                .init(name: "case_\($0)", images: ["imagesTr/case_\($0).nii.gz"], label: "labelsTr/case_\($0).nii.gz")
            })
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
                    pictures: [.init(plane: "axial", png: [137, 80, 78, 71, UInt8(index)])],
                    files: CaseFiles(images: [String(repeating: "a", count: 64)], label: String(repeating: "b", count: 64)))))
    }

    private static let all = (0..<7).map { record($0) }

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

    @Test func eachFigureHasItsOwnCountAndSaysWhatItLeavesOut() throws {
        // Of three cases one has no reference and one nothing at all; Dice is 0 for the first by nnU-Net's rule, HD95 isn't there for either.
        func structure(_ a: Int, _ b: Int, _ c: Int) -> StructureMetrics {
            var result = Self.metrics(a, b, c)
            result.hausdorff = b == 0 || c == 0 ? .nan : 2
            result.surfaceDice = b == 0 && c == 0 ? .nan : b == 0 || c == 0 ? 0 : 0.5
            return result
        }
        var run = Self.run(cases: 3, against: false)
        run.metrics = MetricSettings(emptyMasks: .nnunet, hausdorff: .monai, surfaceTolerance: 1)
        let figures = [
            [structure(5, 10, 10), structure(5, 10, 10)], [structure(0, 4, 0), structure(5, 10, 10)],
            [structure(0, 0, 0), structure(0, 0, 7)],
        ]
        let records = figures.enumerated().map { CaseRecord(index: $0, outcome: .measured(.init(first: .masks($1)))) }
        let summary = try EvaluationSummary(run, records)
        let mean = try summary.json.member("mean")
        #expect(try mean.member("1").member("n_cases_by_metric") == ["Dice": 2, "IoU": 2, "HD95": 1, "NSD": 2])
        #expect(try mean.member("2").member("n_cases_by_metric") == ["Dice": 3, "IoU": 3, "HD95": 2, "NSD": 3])
        #expect(try summary.json.member("foreground_mean").member("n_cases_by_metric") == ["Dice": 3, "IoU": 3, "HD95": 2, "NSD": 3])
        let left = try summary.json.member("left_out").array()
        #expect(left.count == 6)
        #expect(left.contains(["label": "1", "metric": "HD95", "case": "case_1", "reason": "the reference is empty"]))
        #expect(left.contains(["label": "1", "metric": "NSD", "case": "case_2", "reason": "both masks are empty"]))
        #expect(left.contains(["label": "2", "metric": "HD95", "case": "case_2", "reason": "the prediction is empty"]))
        // MONAI leaves a case without the structure out of Dice, but not of NSD.
        run.metrics.emptyMasks = .monai
        let others = records.map { record -> CaseRecord in
            guard case .masks(var structures)? = record.result?.first else { return record }
            for place in structures.indices { structures[place].dice = Dice.value(structures[place].counts, emptyMasks: .monai) }
            return CaseRecord(index: record.index, outcome: .measured(.init(first: .masks(structures))))
        }
        let monai = try EvaluationSummary(run, others)
        #expect(monai.first.columns.map { $0.structures[0].cases } == [1, 2, 1, 2])
        let page = EvaluationPage.page(summary).text
        #expect(page.contains("Left out of means") && page.contains("the prediction is empty"))
        try withTemporaryFolder { folder in
            try EvaluationTables.write(summary, to: folder)
            let rows = try String(contentsOfFile: folder + "/summary.csv", encoding: .utf8).split(separator: "\n")
            #expect(rows.contains { $0.contains(",1,Anterior,HD95,2.0,") && $0.hasSuffix(",1,2") })
        }
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
            let whole = try EvaluationFolder(folder + "/whole", for: run)
            let a = try EvaluationFolder(folder + "/a", for: run)
            let b = try EvaluationFolder(folder + "/b", for: run)
            for record in Self.all {
                try whole.keep(record)
                try (record.index % 2 == 0 ? a : b).keep(record)
            }
            try a.keep(Self.record(1))  // done twice, the same both times
            let one = try EvaluationFolder.merge([folder + "/whole"])
            let two = try EvaluationFolder.merge([folder + "/b", folder + "/a"])
            #expect(String(describing: one.records) == String(describing: two.records))
            let first = try EvaluationSummary(one.run, one.records)
            let second = try EvaluationSummary(two.run, two.records)
            #expect(first.json.text() == second.json.text())
            #expect(EvaluationPage.page(first).text == EvaluationPage.page(second).text)
            // From memory, as a run without a folder gives it.
            #expect(try EvaluationSummary(run, Self.all).json.text() == first.json.text())
            #expect(EvaluationPage.page(try EvaluationSummary(run, Self.all)).text == EvaluationPage.page(first).text)
            try EvaluationTables.write(first, to: folder + "/csv1")
            try EvaluationTables.write(second, to: folder + "/csv2")
            for name in ["cases.csv", "summary.csv", "drift.csv"] {
                #expect(
                    try Data(contentsOf: URL(fileURLWithPath: "\(folder)/csv1/\(name)"))
                        == Data(contentsOf: URL(fileURLWithPath: "\(folder)/csv2/\(name)")))
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
            let path = folder + "/a/case-00000.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            for damaged in [
                text.replacingOccurrences(of: "\"TP\": 80", with: "\"TP\": \"many\""), String(text.dropLast(20)),
                text.replacingOccurrences(of: "\"index\": 0", with: "\"index\": 1"),
                text.replacingOccurrences(of: "\"axial\"", with: "\"../axial\""),
                text.replacingOccurrences(of: "\"second\"", with: "\"third\""),
            ] {
                #expect(damaged != text)
                try damaged.write(toFile: path, atomically: true, encoding: .utf8)
                #expect(errorCode { _ = try store.record(of: 0) } == .malformed)
            }
            #expect(try store.record(of: 1) == nil)
        }
    }

    /// What no evaluation can have found, whatever a record says.
    @Test(arguments: [
        ("\"Dice\": 0.8", "\"Dice\": 2.0"), ("\"Dice\": 0.8", "\"Dice\": 0.81"), ("\"TP\": 80", "\"TP\": -5"),
        ("\"TP\": 80", "\"TP\": 9223372036854775807"),
        ("\"FP\": 20", "\"FP\": 21"), ("\"TN\": 880", "\"TN\": 900"), ("\"HD95\": 1.5", "\"HD95\": -1.5"),
        ("\"HD95\": 1.5", "\"HD95\": \"NaN\""),
        ("\"volume_pred_ml\": 0.1", "\"volume_pred_ml\": \"Infinity\""), ("\"volume_ref_ml\": 0.1", "\"volume_ref_ml\": 0.2"),
        ("[0.9, 0.95]", "[0.9, 1.95]"), ("[0.9, 0.95]", "[]"), ("\"label\": \"bb", "\"label\": \"zz"), ("\"IoU\": 0.66", "\"IoU\": 0.77"),
    ])
    func figuresThatCantBeAreRefused(_ old: String, _ new: String) throws {
        try withTemporaryFolder { folder in
            let store = try EvaluationFolder(folder, for: Self.run(cases: 1))
            try store.keep(Self.record(0))
            #expect(try store.record(of: 0) != nil)
            let path = folder + "/case-00000.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let range = try #require(text.range(of: old))
            try text.replacingCharacters(in: range, with: new).write(toFile: path, atomically: true, encoding: .utf8)
            #expect(errorCode { _ = try EvaluationFolder.merge([folder]) } == .malformed)
        }
    }

    /// A record of kilobytes can ask for gigabytes of draws, or for hours.
    @Test func drawsAreBoundedByStructuresAndCases() throws {
        try withTemporaryFolder { folder in
            var many = Self.run(cases: 1)
            many.structures = (0..<100).map { .init(index: $0, name: "s\($0)") }
            many.bootstrap = Bootstrap(draws: 200_000)
            var long = Self.run(cases: 7000)
            long.bootstrap = Bootstrap(draws: 1_000_000)
            for (index, run) in [many, long].enumerated() {
                #expect(errorCode { _ = try EvaluationFolder("\(folder)/\(index)", for: run) } == .limitExceeded)
            }
        }
    }

    @Test(arguments: [
        ("\"bootstrap_draws\": 200", "\"bootstrap_draws\": 1099511627776", OsteonError.Code.limitExceeded),
        ("\"bootstrap_draws\": 200", "\"bootstrap_draws\": 0", .limitExceeded),
        ("\"confidence\": 0.95", "\"confidence\": 1.5", .malformed), ("\"key\": \"2\"", "\"key\": \"1\"", .malformed),
        ("\"drift_tolerance\": 0.02", "\"drift_tolerance\": -1", .malformed), ("\"index\": 1,", "\"index\": -1,", .malformed),
    ])
    func runsThatCantBeAreRefused(_ old: String, _ new: String, _ code: OsteonError.Code) throws {
        try withTemporaryFolder { folder in
            _ = try EvaluationFolder(folder, for: Self.run(cases: 1))
            let path = folder + "/run.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let changed = text.replacingOccurrences(of: old, with: new)
            #expect(changed != text)
            try changed.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(errorCode { _ = try EvaluationFolder.merge([folder]) } == code)
        }
    }

    @Test func aRunWithoutCasesIsNone() throws {
        try withTemporaryFolder { folder in
            #expect(errorCode { _ = try EvaluationFolder(folder, for: Self.run(cases: 0)) } == .malformed)
            try String(decoding: Self.run(cases: 0).json.encoded(), as: UTF8.self).write(
                toFile: folder + "/run.json", atomically: true, encoding: .utf8)
            #expect(errorCode { _ = try EvaluationFolder.merge([folder]) } == .malformed)
        }
    }

    /// Of different evaluations that begin at once in a fresh folder one has it.
    @Test func oneOfSeveralRunsGetsAFolder() async throws {
        let folder = NSTemporaryDirectory() + "osteon-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for round in 0..<20 {
            let path = "\(folder)/\(round)"
            let winners = await withTaskGroup(of: Int?.self) { group in
                for cases in 1...4 { group.addTask { (try? EvaluationFolder(path, for: Self.run(cases: cases))) == nil ? nil : cases } }
                var found: [Int] = []
                for await cases in group { if let cases { found.append(cases) } }
                return found
            }
            try #require(winners.count == 1)
            #expect(try EvaluationFolder(reading: path).run.cases.count == winners[0])
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["run.json"])
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
            #expect(lines[0] == "case,model,label,structure,error,dice,iou,hd95_mm,nsd,volume_pred_ml,volume_ref_ml,left_out")
            #expect(lines[1] == "case_0,int8.osteon,1,Anterior,,0.8,\(2.0 / 3),1.5,,0.1,0.1,")
            #expect(lines[2].hasPrefix("case_0,int8.osteon,2,\"'=Posterior, \"\"left\"\"\",,"))
            #expect(lines.contains("case_3,,,,imagesTr/case_3.nii.gz is cut short.,,,,,,,"))
            #expect(
                lines.contains {
                    $0.hasPrefix("case_5,int8.osteon,2,")
                        && $0.hasSuffix("Dice: both masks are empty; IoU: both masks are empty; HD95: both masks are empty")
                })
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
            model: "segmentation_mri_hippocampus", tolerance: tolerance,
            figures: [.init(metric: "dice", name: "Anterior", index: 1, value: documented)])
        let cases = [0, 1, 2, 4, 5, 6].map { Self.record($0) }.enumerated().map { CaseRecord(index: $0, outcome: $1.outcome) }
        let summary = try EvaluationSummary(Self.run(cases: 6, targets: targets), cases)
        #expect(summary.targets.count == 1 && summary.targets[0].cases == 6)
        #expect(summary.exitCode == code)
        #expect(summary.targetTitle(0) == "Dice Anterior")
    }

    @Test func figuresOfAnotherNameSayTheirStructure() throws {
        let targets = EvaluationRun.Targets(
            model: "m", tolerance: 0,
            figures: [
                .init(metric: "dice", name: "mean_dice1", index: 1, value: 0.5),
                .init(metric: "dice", name: "mean", index: nil, value: 0.5),
            ])
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
            task: .classification, model: .init(name: "a", files: []), against: .init(name: "b", files: []), dataset: "d.json",
            datasetHash: "", list: "validation",
            structures: [.init(index: 0, name: "Mass"), .init(index: 1, name: "Hernia")], metrics: MetricSettings(),
            bootstrap: Bootstrap(draws: 100),
            targets: .init(
                model: "m", tolerance: 0,
                figures: [
                    .init(metric: "auc", name: "Mass", index: 0, value: 0.7), .init(metric: "auc", name: "mean", index: nil, value: 0.7),
                ]),
            cases: (0..<6).map { .init(name: "p\($0)", images: ["p\($0).png"], label: "") })
        let scores: [[Double]] = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.3], [0.4, 0.4], [0.2, 0.5], [0.1, 0.6]]
        let records = scores.indices.map { index in
            CaseRecord(
                index: index,
                outcome: .measured(
                    .init(
                        first: .scores(scores[index]), second: .scores(scores[5 - index]), truth: [index < 3, false],
                        files: CaseFiles(images: [String(repeating: "c", count: 64)]))))
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
        for (index, count) in [(0, 1), (2, 1), (1, 0), (-1, 3)] {
            #expect(errorCode { _ = try ModelEvaluation.Shard(index: index, count: count) } == .usage)
        }
        let shards = try (1...3).map { try ModelEvaluation.Shard(index: $0, count: 3) }
        for place in 0..<10 { #expect(shards.count { $0.contains(place) } == 1) }
    }
}
