package import Testing

/// The SQL engines on which tests of stores run.
package enum StoreEngine: String, CaseIterable, Sendable {
    case sqlite = "SQLite"
    case postgres = "PostgreSQL"

    /// The engine of each ``TestStore`` in the running test.
    @TaskLocal package static var current = StoreEngine.sqlite
}

/// Runs each test once per engine; a recorded issue names its engine.
package struct StoreEngines: SuiteTrait, TestTrait, TestScoping {
    let engines: [StoreEngine]

    package var isRecursive: Bool { true }

    /// A test's own engines override those of its suite.
    package func scopeProvider(for test: Test, testCase: Test.Case?) -> StoreEngines? {
        guard testCase != nil else { return nil }
        let closest = test.traits.last { $0 is StoreEngines } as? StoreEngines
        return closest?.engines == engines ? self : nil
    }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        for engine in engines {
            let naming = IssueHandlingTrait.compactMapIssues { issue in
                var issue = issue
                issue.comments.insert("on \(engine.rawValue)", at: 0)
                return issue
            }
            try await naming.provideScope(for: test, testCase: testCase) {
                try await TestDatabases.withScope(on: engine) {
                    try await StoreEngine.$current.withValue(engine) { try await function() }
                }
            }
        }
    }
}

extension Trait where Self == StoreEngines {
    /// Runs each test on SQLite and then on PostgreSQL.
    package static var everyEngine: Self { StoreEngines(engines: StoreEngine.allCases) }

    /// For tests of one engine.
    package static func only(_ engine: StoreEngine) -> Self { StoreEngines(engines: [engine]) }
}
