import CommandLineKit

/// One command: its place in the table and what it does.
struct Command: Sendable {
    var spec: CommandSpec
    var run: @Sendable (ParsedOptions, Context) async throws -> ExitStatus

    init(_ spec: CommandSpec, run: @escaping @Sendable (ParsedOptions, Context) async throws -> ExitStatus) {
        self.spec = spec
        self.run = run
    }
}
