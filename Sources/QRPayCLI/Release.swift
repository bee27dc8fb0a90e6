import CBuild

/// This release, as `--version`, the manual page and the newest heading of CHANGELOG.md have it.
package enum Release {
    package static let version = "0.6.0"
    /// `YYYY-MM-DD`.
    package static let date = "2026-12-01"

    /// The date as a manual page writes it, `November 30, 2026`; pages are the same on every day.
    package static var manualDate: String {
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November",
            "December",
        ]
        let parts = date.split(separator: "-").compactMap { Int($0) }
        return "\(months[parts[1] - 1]) \(parts[2]), \(parts[0])"
    }

    /// The commit that the program was built from; nil when the build did not set it, as with a bare `swift build`.
    static var commit: String? {
        let commit = String(cString: qrpay_build_commit())
        return commit.isEmpty ? nil : commit
    }
}
