import SQLKit
import SQLiteEngine
import Testing

/// Store helpers shared by several suites.
enum Stores {
    static let notes = [
        SQLMigration(version: 1, name: "notes", sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);")
    ]

    static func open(_ path: String, _ change: (inout SQLiteOptions) -> Void = { _ in }) async throws -> SQLiteDatabase
    {
        var options = SQLiteOptions()
        change(&options)
        return try await SQLiteDatabase.open(.file(path: path), migrations: notes, options: options)
    }
}

extension SQLiteDatabase {
    func add(_ text: String) async throws {
        try await write { try $0.add(text) }
    }

    func notes() async throws -> [String] {
        try await read { try $0.notes() }
    }
}

extension SQLConnection {
    func add(_ text: String) throws {
        try execute("INSERT INTO notes (text) VALUES ($1)", [.text(text)])
    }

    func notes() throws -> [String] {
        try query("SELECT text FROM notes ORDER BY id").map { try $0.text("text") }
    }
}

/// The code that `body` fails with; nil, and a failed test, when it does not fail with an ``SQLError``.
func code<Value>(
    sourceLocation: SourceLocation = #_sourceLocation, of body: () async throws -> Value
) async -> SQLError.Code? {
    let error = await #expect(throws: SQLError.self, sourceLocation: sourceLocation) { _ = try await body() }
    return error?.code
}
