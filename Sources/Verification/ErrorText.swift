import Bytes
import Glibc

extension Double {
    /// A difference as reports and tables print it: `3.1e-07`, `0` for zero.
    package var errorText: String {
        if self == 0 { return "0" }
        return isFinite ? String(printf: "%.1e", self) : "\(self)"
    }
}
