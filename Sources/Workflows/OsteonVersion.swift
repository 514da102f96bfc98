/// Facts about this build of the toolkit.
package enum OsteonVersion {
    package static let current = "0.1.0"
}
