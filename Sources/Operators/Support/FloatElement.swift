import Foundation
import Tensors

/// `Float` or `Double`, with the functions operators need.
public protocol FloatElement: NumericElement, BinaryFloatingPoint {
    static func exp(_ x: Self) -> Self
    static func log(_ x: Self) -> Self
    static func log1p(_ x: Self) -> Self
    static func expm1(_ x: Self) -> Self
    static func pow(_ x: Self, _ y: Self) -> Self
    static func sin(_ x: Self) -> Self
    static func cos(_ x: Self) -> Self
    static func tan(_ x: Self) -> Self
    static func asin(_ x: Self) -> Self
    static func acos(_ x: Self) -> Self
    static func atan(_ x: Self) -> Self
    static func sinh(_ x: Self) -> Self
    static func cosh(_ x: Self) -> Self
    static func tanh(_ x: Self) -> Self
    static func asinh(_ x: Self) -> Self
    static func acosh(_ x: Self) -> Self
    static func atanh(_ x: Self) -> Self
    static func erf(_ x: Self) -> Self
}

extension Double: FloatElement {
    public static func exp(_ x: Double) -> Double { Foundation.exp(x) }
    public static func log(_ x: Double) -> Double { Foundation.log(x) }
    public static func log1p(_ x: Double) -> Double { Foundation.log1p(x) }
    public static func expm1(_ x: Double) -> Double { Foundation.expm1(x) }
    public static func pow(_ x: Double, _ y: Double) -> Double { Foundation.pow(x, y) }
    public static func sin(_ x: Double) -> Double { Foundation.sin(x) }
    public static func cos(_ x: Double) -> Double { Foundation.cos(x) }
    public static func tan(_ x: Double) -> Double { Foundation.tan(x) }
    public static func asin(_ x: Double) -> Double { Foundation.asin(x) }
    public static func acos(_ x: Double) -> Double { Foundation.acos(x) }
    public static func atan(_ x: Double) -> Double { Foundation.atan(x) }
    public static func sinh(_ x: Double) -> Double { Foundation.sinh(x) }
    public static func cosh(_ x: Double) -> Double { Foundation.cosh(x) }
    public static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }
    public static func asinh(_ x: Double) -> Double { Foundation.asinh(x) }
    public static func acosh(_ x: Double) -> Double { Foundation.acosh(x) }
    public static func atanh(_ x: Double) -> Double { Foundation.atanh(x) }
    public static func erf(_ x: Double) -> Double { Foundation.erf(x) }
}

extension Float: FloatElement {
    public static func exp(_ x: Float) -> Float { Foundation.exp(x) }
    public static func log(_ x: Float) -> Float { Foundation.log(x) }
    public static func log1p(_ x: Float) -> Float { Foundation.log1p(x) }
    public static func expm1(_ x: Float) -> Float { Foundation.expm1(x) }
    public static func pow(_ x: Float, _ y: Float) -> Float { Foundation.pow(x, y) }
    public static func sin(_ x: Float) -> Float { Foundation.sin(x) }
    public static func cos(_ x: Float) -> Float { Foundation.cos(x) }
    public static func tan(_ x: Float) -> Float { Foundation.tan(x) }
    public static func asin(_ x: Float) -> Float { Foundation.asin(x) }
    public static func acos(_ x: Float) -> Float { Foundation.acos(x) }
    public static func atan(_ x: Float) -> Float { Foundation.atan(x) }
    public static func sinh(_ x: Float) -> Float { Foundation.sinh(x) }
    public static func cosh(_ x: Float) -> Float { Foundation.cosh(x) }
    public static func tanh(_ x: Float) -> Float { Foundation.tanh(x) }
    public static func asinh(_ x: Float) -> Float { Foundation.asinh(x) }
    public static func acosh(_ x: Float) -> Float { Foundation.acosh(x) }
    public static func atanh(_ x: Float) -> Float { Foundation.atanh(x) }
    public static func erf(_ x: Float) -> Float { Foundation.erf(x) }
}
