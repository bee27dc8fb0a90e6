import CommandLineKit

/// One command: its entry in the command table and what it does.
struct Command: Sendable {
    var spec: CommandSpec
    /// Opened before it runs.
    var libraries: [NeededLibrary]
    var run: @Sendable (ParsedOptions, Context) async throws -> ExitStatus

    init(
        _ spec: CommandSpec, libraries: [NeededLibrary] = [],
        run: @escaping @Sendable (ParsedOptions, Context) async throws -> ExitStatus
    ) {
        self.spec = spec
        self.libraries = libraries
        self.run = run
    }
}
