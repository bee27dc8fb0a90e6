import Glibc
import SQLKit
import Synchronization
import TestSupport
import Testing

@testable import PostgresEngine

@Suite struct PostgresBodyTests {
    /// Two sessions on one store; the second is the other program's.
    private func pair() async throws -> (PostgresDatabase, PostgresDatabase) {
        let schema = Notes.newSchema()
        return (try await Notes.open(schema: schema), try await Notes.open(schema: schema))
    }

    @Test func `a duplicate that a savepoint catches is one that the body could see`() async throws {
        let (database, other) = try await pair()
        let runs = Runs()
        // The other program adds the row after the body's snapshot was taken.
        let found = try await database.write { connection in
            let known = try connection.query("SELECT text FROM notes").count
            if runs.next() == 1 { blocking { try await Notes.add("a", to: other) } }
            if known == 0 {
                _ = try? connection.savepoint { _ = try connection.execute("INSERT INTO notes (text) VALUES ('a')") }
            }
            return known
        }
        #expect(runs.count == 2)
        #expect(found == 1)
        // A duplicate key that the body caught although it could see the row does not make it run again.
        let again = Runs()
        try await database.write { connection in
            again.next()
            _ = try? connection.savepoint { _ = try connection.execute("INSERT INTO notes (text) VALUES ('a')") }
            try connection.execute("INSERT INTO notes (text) VALUES ('b')")
        }
        #expect(again.count == 2)
        #expect(try await Notes.texts(other) == ["a", "b"])
        for database in [database, other] { await database.close() }
    }

    @Test func `a body that conflicts each time is told that the store is busy`() async throws {
        let (database, other) = try await pair()
        try await Notes.add("a", to: database)
        let runs = Runs()
        let error = await #expect(throws: SQLError.self) {
            try await database.write { connection in
                runs.next()
                _ = try connection.query("SELECT amount FROM notes")
                blocking { try await other.write { _ = try $0.execute("UPDATE notes SET amount = amount + 1") } }
                try connection.execute("UPDATE notes SET amount = 0")
            }
        }
        #expect(error?.code == .busy)
        #expect(runs.count == SQLRetry.attempts)
        for database in [database, other] { await database.close() }
    }

    @Test func `bodies that wait for each other both end`() async throws {
        let database = try await Notes.open()
        for text in ["a", "b"] { try await Notes.add(text, to: database) }
        let (arrived, gate) = (Runs(), ChangeSignal())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for order in [["a", "b"], ["b", "a"]] {
                group.addTask {
                    let runs = Runs()
                    try await database.write { connection in
                        let isFirst = runs.next() == 1
                        for (index, text) in order.enumerated() {
                            try connection.execute(
                                "UPDATE notes SET amount = amount + 1 WHERE text = $1", [.text(text)])
                            guard isFirst, index == 0 else { continue }
                            arrived.next()
                            gate.notify()
                            blocking { await gate.wait { arrived.count >= 2 } }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let amounts = try await database.read {
            try $0.query("SELECT amount FROM notes").map { try $0.integer("amount") }
        }
        #expect(amounts == [2, 2])
        await database.close()
    }

    @Test func `statements of the queue's lane see what was committed before them`() async throws {
        let (database, other) = try await pair()
        try await Notes.add("a", to: database)
        let runs = Runs()
        let amounts = try await database.write(isolation: .statement) { connection in
            runs.next()
            let before = try connection.query("SELECT amount FROM notes")[0].integer("amount")
            blocking { try await other.write { _ = try $0.execute("UPDATE notes SET amount = 7") } }
            try connection.execute("UPDATE notes SET amount = amount + 1")
            return [before, try connection.query("SELECT amount FROM notes")[0].integer("amount")]
        }
        #expect(amounts == [0, 8])
        #expect(runs.count == 1)
        for database in [database, other] { await database.close() }
    }

    @Test func `rows that another has locked are passed over`() async throws {
        let (database, other) = try await pair()
        for text in ["a", "b"] { try await Notes.add(text, to: database) }
        let take = "SELECT text FROM notes ORDER BY number LIMIT 1" + SQLDialect.postgres.skipLocked
        let texts = Texts()
        try await database.write(isolation: .statement) { connection in
            texts.add(try connection.query(take)[0].text("text"))
            blocking {
                try await other.write(isolation: .statement) { texts.add(try $0.query(take)[0].text("text")) }
            }
        }
        #expect(texts.all == ["a", "b"])
        for database in [database, other] { await database.close() }
    }

    @Test func `limits end what takes too long`() async throws {
        let schema = Notes.newSchema()
        let holder = try await Notes.open(schema: schema)
        try await Notes.add("a", to: holder)
        let database = try await Notes.open(schema: schema) { options in
            options.statementSeconds = 0.2
            options.lockSeconds = 0.1
        }
        let slow = await #expect(throws: SQLError.self) {
            try await database.read { _ = try $0.query("SELECT pg_sleep(600)") }
        }
        #expect(slow?.code == .timedOut)
        let codes = Texts()
        try await holder.write { connection in
            try connection.execute("UPDATE notes SET amount = 1")
            blocking {
                do {
                    try await database.write { connection in
                        // No savepoint can recover from a conflict.
                        _ = try? connection.savepoint { _ = try connection.execute("UPDATE notes SET amount = 2") }
                    }
                } catch let error as SQLError { codes.add("\(error.code)") }
            }
        }
        #expect(codes.all == ["busy"])
        for database in [database, holder] { await database.close() }
    }

    @Test func `a reading body cannot write`() async throws {
        let database = try await Notes.open()
        let error = await #expect(throws: SQLError.self) {
            try await database.read { _ = try $0.execute("INSERT INTO notes (text) VALUES ('a')") }
        }
        #expect(error?.code == .readOnly)
        await database.close()
    }

    @Test func `a task that is canceled ends its statement`() async throws {
        let schema = Notes.newSchema()
        let (database, other) = (try await Notes.open(schema: schema), try await Notes.open(schema: schema))
        let (began, gate) = (Runs(), ChangeSignal())
        let task = Task {
            try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES ('a')")
                began.next()
                gate.notify()
                _ = try connection.query("SELECT pg_sleep(600)")
            }
        }
        await gate.wait { began.count == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(began.count == 1)
        try await Notes.add("b", to: database)
        #expect(try await Notes.texts(other) == ["b"])
        for database in [database, other] { await database.close() }
    }

    @Test func `a task that is canceled before the commit changes nothing`() async throws {
        let database = try await Notes.open()
        let task = Task {
            try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES ('a')")
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await Notes.texts(database).isEmpty)
        await database.close()
    }
}

/// Collects texts.
final class Texts: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) { texts.withLock { $0.append(text) } }
}
