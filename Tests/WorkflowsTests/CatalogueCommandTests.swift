import ArchiveImport
import Bytes
import Testing
import Workflows

@Suite struct CatalogueCommandTests {
    @Test func theTableListsEveryModel() throws {
        let result = try Command.run("catalog")
        #expect(result.status == 0, "\(result.errors)")
        for entry in try Catalogue.standard().models { #expect(result.output.contains(entry.name)) }
    }

    @Test func aNameGivesAllDetails() throws {
        let result = try Command.run("catalog", "segmentation_mri_hippocampus_v1")
        #expect(result.status == 0, "\(result.errors)")
        for word in ["3 channels, documented 2", "208 for training, 52 for validation", "mean_dice2 0.862 (card: mean_dice_dice2)"] {
            #expect(result.output.contains(word), "\(word)")
        }
    }

    @Test func jsonIsTheCataloguesOwn() throws {
        let result = try Command.run("catalog", "segmentation_ct_spleen", "--json")
        let report = try JSONValue(parsing: result.output)
        #expect(try report.member("schema").string() == "osteon.catalog.1")
        #expect(try report.member("models").array() == [Catalogue.standard().entry(named: "segmentation_ct_spleen").json])
    }

    @Test func anUnknownNameIsAUsageError() throws {
        let result = try Command.run("catalog", "segmentation_ct_splen")
        #expect(result.status == 64)
        #expect(result.errors.contains("did you mean segmentation_ct_spleen"))
    }
}
