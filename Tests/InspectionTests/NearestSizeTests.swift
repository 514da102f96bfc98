import Inspection
import TestSupport
import Testing

@Suite struct NearestSizeTests {
    @Test func anIllegalExtentHasItsNeighboursToldAndALegalOneNothing() throws {
        let graph = try Networks.unet(levels: 3, shape: [.free("N"), 1, .free("W")])
        let search = try LegalSizeSearch(graph)
        let near = search.nearest(to: ["N": 2, "W": 100])
        #expect(near.map(\.dimension) == ["W"] && near.map(\.wanted) == [100] && near.map(\.below) == [96] && near.map(\.above) == [104])
        #expect(search.nearest(to: ["N": 2, "W": 104]).isEmpty)
        let small = search.nearest(to: ["N": 1, "W": 5])
        #expect(small.map(\.below) == [nil] && small.map(\.above) == [8])
        #expect(small[0].description == "W can't be 5; 8 is the nearest that can")
    }
}
