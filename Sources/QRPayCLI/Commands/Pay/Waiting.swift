import CommandLineKit

/// Options of commands that begin something and wait for its outcome.
struct Waiting: Sendable {
    static let noWait = Option(flag: "no-wait", summary: "Do not wait; leave the rest to the workers")
    static let timeout = Option(
        "timeout", "TIME", .seconds(), default: "30s", summary: "Wait at most this long for the outcome")

    /// How long to wait; nil not to wait.
    let seconds: Double?

    init(_ options: ParsedOptions) {
        seconds = options[Self.noWait] ? nil : options[Self.timeout]
    }
}
