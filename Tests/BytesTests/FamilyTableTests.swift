import Bytes
import Testing

@Suite struct FamilyTableTests {
    @Test func namesGivenTwiceAreFound() {
        let table = FamilyTable([["a": 1, "b": 2], ["c": 3, "b": 4]])
        #expect(table["a"] == 1 && table["b"] == 2 && table["c"] == 3 && table["d"] == nil)
        #expect(table.duplicates == ["b"])
        #expect(table.names.sorted() == ["a", "b", "c"])
    }
}
