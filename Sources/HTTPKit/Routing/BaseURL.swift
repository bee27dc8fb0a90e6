/// A URL that paths are appended to.
package enum BaseURL {
    /// Without slashes at its end, which make no difference.
    package static func trimmed(_ url: String) -> String {
        var url = url[...]
        while url.last == "/" { url.removeLast() }
        return String(url)
    }
}
