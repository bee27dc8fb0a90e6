import Glibc
package import Payments

/// The program that shows a file on this desktop, by `xdg-open` (freedesktop.org).
package enum DesktopViewer {
    package static let missing = Problem(
        .invalid, "no_viewer", "no desktop to show it on",
        hint: "-o FILE saves it, and 'qrpay receipt link' prints a link")

    /// Starts the viewer without waiting for it to be closed.
    static func show(_ path: String, environment: [String: String]) throws {
        guard ["DISPLAY", "WAYLAND_DISPLAY"].contains(where: { !(environment[$0] ?? "").isEmpty }) else {
            throw missing
        }
        let words: [UnsafeMutablePointer<CChar>?] = ["xdg-open", path].map { (word: String) in strdup(word) }
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") }
        defer { for text in words + variables { free(text) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, "xdg-open", nil, nil, words + [nil], variables + [nil]) == 0 else { throw missing }
        // xdg-open exits as soon as the viewer has the file.
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw missing }
    }
}
