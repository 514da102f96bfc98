import Bytes
import TestSupport
import Testing

@Suite struct EquivalentNamesTests {
    @Test(arguments: [["\u{E9}", "e\u{301}"], ["x", "K", "\u{212A}"], ["a\u{323}\u{302}", "b", "\u{1EAD}"]])
    func namesThatLookAlikeAreRefused(_ names: [String]) {
        #expect(errorCode { try EquivalentNames.refuse(names) } == .unsupported)
    }

    @Test func sameAndDifferentNamesPass() throws {
        try EquivalentNames.refuse(["a", "b", "a", "\u{E9}", "e", "\u{E9}", "", ""])
    }
}
