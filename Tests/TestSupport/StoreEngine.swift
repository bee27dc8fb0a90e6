package import Testing

/// The SQL engines that the tests of everything that uses a store run on.
package enum StoreEngine: String, CaseIterable, Sendable {
    case sqlite = "SQLite"
    case postgres = "PostgreSQL"

    /// The engine of ``TestStore``s in the running test.
    @TaskLocal package static var current = StoreEngine.sqlite
}

/// Runs each test once on each of some engines; an issue names the engine that it was found on.
package struct StoreEngines: SuiteTrait, TestTrait, TestScoping {
    let engines: [StoreEngine]

    package var isRecursive: Bool { true }

    /// A test's own engines count instead of its suite's.
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
    /// Each test runs on SQLite, and then on PostgreSQL.
    package static var everyEngine: Self { StoreEngines(engines: StoreEngine.allCases) }

    /// For what concerns one engine.
    package static func only(_ engine: StoreEngine) -> Self { StoreEngines(engines: [engine]) }
}
