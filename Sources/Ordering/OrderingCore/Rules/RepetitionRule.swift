/// Distinguishes a repeated request from a different one.
package enum RepetitionRule {
    package enum Verdict: Hashable, Sendable {
        case new
        case same
        /// The key was used for other content.
        case other
    }

    /// - Parameter stored: the content kept under the key; nil when there is none.
    package static func compare<Content: Equatable>(_ content: Content, with stored: Content?) -> Verdict {
        guard let stored else { return .new }
        return stored == content ? .same : .other
    }
}

/// Which passwords are accepted.
package enum PasswordRule {
    package static let lengths = 8...256

    /// Why a password is refused; nil when it is accepted.
    package static func flaw(_ password: String, email: String) -> String? {
        guard lengths.contains(password.utf8.count), password.unicodeScalars.count >= lengths.lowerBound else {
            return "must have \(lengths.lowerBound) characters or more, and at most \(lengths.upperBound) bytes"
        }
        guard Set(password.unicodeScalars).count >= 4 else { return "must have 4 different characters or more" }
        let folded = password.lowercased()
        let name = email.prefix { $0 != "@" }.lowercased()
        guard folded != email.lowercased(), folded != name else { return "must not be the email address" }
        return nil
    }
}
