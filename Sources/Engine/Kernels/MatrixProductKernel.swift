import Bytes
import CKernels
import GraphIR
import Operators
import Tensors

/// `MatMul` and `Gemm` in f32, with the register tiles of the convolution.
final class MatrixProductKernel: Kernel {
    static let name = "matrix-product-f32"
    private let loops: Loops
    private var gemm: osteon_gemm
    private let batch: Int
    private let offsetsA: [Int]
    private let offsetsB: [Int]
    private var added = osteon_zip_shape()
    private let adds: Bool
    let scratchByteCount: Int

    static func refusal(for facts: NodeFacts) -> String? {
        guard facts.op is MatMul || facts.op is Gemm else { return KernelTable.notMine }
        if let reason = facts.refusalUnlessF32 { return reason }
        if facts.outputs[0].count == 0 || facts.inputs[0]?.count == 0 { return "an extent is 0" }
        if let op = facts.op as? Gemm, facts.has(2), op.beta != 1 { return "beta isn't 1" }
        return nil
    }

    init(preparing facts: NodeFacts) throws(OsteonError) {
        loops = Loops(facts)
        guard var a = facts.shape(0), var b = facts.shape(1), let y = facts.outputShape else {
            throw OsteonError(.internalFault, "\(Self.name) was given a node it refuses.")
        }
        if a.count == 1 { a.insert(1, at: 0) }
        if b.count == 1 { b.append(1) }
        let columnsA = a[a.count - 1]
        let columnsB = b[b.count - 1]
        let rowsA = a[a.count - 2]
        let rowsB = b[b.count - 2]
        let op = facts.op as? Gemm
        gemm = osteon_gemm(
            rows: rowsA, inner: columnsA, columns: columnsB, row_a: columnsA, column_a: 1, row_b: columnsB, column_b: 1,
            alpha: Float(op?.alpha ?? 1))
        if op?.transposeA == true {
            (gemm.rows, gemm.inner) = (columnsA, rowsA)
            (gemm.row_a, gemm.column_a) = (1, columnsA)
        }
        if op?.transposeB == true {
            gemm.columns = rowsB
            (gemm.row_b, gemm.column_b) = (1, columnsB)
        }
        let outerA = Array(a.dropLast(2))
        let outerB = Array(b.dropLast(2))
        let outer = try Broadcast.shape([outerA, outerB])
        batch = outer.reduce(1, *)
        offsetsA = Self.offsets(of: outerA, in: outer, matrix: rowsA * columnsA)
        offsetsB = Self.offsets(of: outerB, in: outer, matrix: rowsB * columnsB)
        adds = op != nil && facts.has(2)
        if adds, let c = facts.shape(2) {
            let strides = Broadcast.strides(of: c, in: y)
            added.rank = 1
            (added.form_a, added.form_b, added.form_y) = (.f32, .f32, .f32)
            added.width = y[1]
            setElement(&added.extent, 0, y[0])
            setElement(&added.stride_a, 0, y[1])
            setElement(&added.stride_b, 0, strides[0])
            added.step_a = 1
            added.step_b = min(strides[1], 1)
        }
        scratchByteCount = osteon_gemm_scratch(loops.table, &gemm, batch, loops.threads)
    }

    /// Where an operand's matrix begins for each of the batch, in elements.
    private static func offsets(of own: [Int], in outer: [Int], matrix: Int) -> [Int] {
        let strides = Broadcast.strides(of: own, in: outer)
        return (0..<outer.reduce(1, *)).map { index in
            var rest = index
            var offset = 0
            for axis in outer.indices.reversed() {
                offset += rest % outer[axis] * strides[axis]
                rest /= outer[axis]
            }
            return offset * matrix
        }
    }

    func run(_ call: KernelCall) {
        osteon_gemm_run(
            loops.table, &gemm, batch, offsetsA, offsetsB, call.floats(0), call.floats(1), call.result(),
            call.scratch.baseAddress, loops.threads)
        if adds {
            osteon_zip_all(
                loops.table, OSTEON_ADD, osteon_map(OSTEON_NONE), call.result(), call.floats(2), call.result(), &added, loops.threads)
        }
    }
}
