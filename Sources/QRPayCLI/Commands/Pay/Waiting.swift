import CommandLineKit

/// Options of commands that begin something and wait for its outcome.
struct Waiting: Sendable {
    static let noWait = OptionSpec(name: "no-wait", summary: "Do not wait; leave the rest to the workers")
    static let timeout = OptionSpec(
        name: "timeout", value: "TIME", default: "30s", summary: "Wait at most this long for the outcome")

    /// How long to wait; nil not to wait.
    let seconds: Double?

    /// - Throws: ``Problem`` `usage` for an invalid time, before anything is staged.
    init(_ options: ParsedOptions) throws {
        let seconds = try options.seconds("timeout") ?? 30
        self.seconds = options.isSet("no-wait") ? nil : seconds
    }
}
