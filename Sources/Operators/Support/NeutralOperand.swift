import Bytes
import GraphIR
import Tensors

extension Operator {
    /// The other operand where one of two is a constant that changes nothing.
    /// - Parameters:
    ///   - eitherSide: whether the first may be that constant too.
    ///   - isNeutral: whether an element, of a float or an integer, changes nothing.
    func neutralOperand(
        _ context: InferenceContext, eitherSide: Bool = false, _ isNeutral: (_ value: Double, _ isFloat: Bool) -> Bool
    ) throws(OsteonError) -> UnchangedInput? {
        let isFirst = context.constant(0) != nil
        guard isFirst != (context.constant(1) != nil), eitherSide || !isFirst, let constant = context.constant(isFirst ? 0 : 1) else {
            return nil
        }
        let type = try context.input(isFirst ? 1 : 0)
        let isSingle = constant.count == 1 && constant.rank <= type.rank ?? -1
        let result = try inferTypes(context)[0]
        guard isSingle || result.hasShape(of: type) else { return nil }
        let isFloat = constant.elementType.isFloat
        guard try constant.doubles().allSatisfy({ isNeutral($0, isFloat) }) else { return nil }
        return UnchangedInput("a neutral constant", input: isFirst ? 1 : 0)
    }
}
