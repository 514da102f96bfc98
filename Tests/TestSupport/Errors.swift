import Bytes

/// The code of the `OsteonError` that `body` throws; nil where it throws none (or another error).
package func errorCode(_ body: () throws -> Void) -> OsteonError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? OsteonError)?.code
    }
}
