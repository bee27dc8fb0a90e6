import EncodingKit
package import SQLKit
import Synchronization
package import WorldKit

/// A digest of a table's rows, independent of their order.
package struct TableDigest: Hashable, Sendable {
    package var rows = 0
    /// The sum of the rows' hashes.
    package var sum: UInt64 = 0

    mutating func add(_ values: [SQLValue]) {
        var hash = StableHash()
        for value in values {
            switch value {
            case .null: hash.combine(byte: 0)
            case .integer(let number):
                hash.combine(byte: 1)
                hash.combine(UInt64(bitPattern: number))
            case .real(let number):
                hash.combine(byte: 2)
                hash.combine(number.bitPattern)
            case .text(let text):
                hash.combine(byte: 3)
                hash.combine(text)
            case .blob(let bytes):
                hash.combine(byte: 4)
                hash.combine(UInt64(bytes.count))
                hash.combine(bytes)
            }
        }
        rows += 1
        sum &+= hash.mixed
    }
}

/// Copies a store into an empty one, in one transaction of the target, while the source takes no writes; then marks the
/// source as moved.
///
/// It can stop at any point: the target is then empty or complete, and the source is marked or not. Running it again
/// finishes the copy: a target with the same rows is complete.
package struct StoreCopy: Sendable {
    package struct Result: Sendable {
        /// In the order in which the tables were copied.
        package var digests: [(name: String, digest: TableDigest)]
        /// Whether an earlier run had already copied the rows.
        package var wasThere: Bool
    }

    /// The target has rows that differ from the source's.
    package struct NotEmpty: Error, Hashable, Sendable {
        package var table: String
        package var rows: Int
    }

    /// The rows written differ from the rows read.
    package struct Differs: Error, Hashable, Sendable {
        package var table: String
    }

    private let source: any SQLDatabase
    private let target: any SQLDatabase
    private let shape: StoreShape
    private let tables: [StoreShape.Table]
    private let progress: @Sendable (_ table: String, _ rows: Int) -> Void

    /// - Parameters:
    ///   - shape: the shape of both stores.
    ///   - progress: called from time to time, on any thread, with the number of rows read from a table.
    package init(
        from source: any SQLDatabase, to target: any SQLDatabase, _ shape: StoreShape,
        progress: @escaping @Sendable (_ table: String, _ rows: Int) -> Void
    ) {
        (self.source, self.target, self.shape, self.progress) = (source, target, shape, progress)
        // Fingerprints are not copied: the hosts of another store may have other keys.
        tables = shape.tables.filter { !(StoreMarks.unguarded + ["store_keys"]).contains($0.name) }
    }

    private static let batch = 500

    /// Neither database may run bodies on threads of the cooperative pool.
    /// - Parameter place: the target, for people.
    /// - Throws: ``NotEmpty``, ``Differs``, ``SQLError``, `CancellationError`.
    package func run(to place: String, at instant: Instant) async throws -> Result {
        let pipe = CopyPipe()
        return try await withTaskCancellationHandler {
            async let written = write(pipe)
            let digests: [TableDigest]
            do {
                digests = try await source.write(isolation: .statement) { connection in
                    try pipe.claim(.source)
                    try lock(connection)
                    let digests = try send(connection, pipe)
                    try pipe.waitUntilWritten()
                    try StoreMarks(connection).setMoved(to: place, tables: shape.names, at: instant)
                    return digests
                }
            } catch {
                pipe.fail(error)
                // The target's own error says more.
                _ = try await written
                throw error
            }
            let wasThere = try await written
            return Result(digests: Array(zip(tables.map(\.name), digests)), wasThere: wasThere)
        } onCancel: {
            pipe.fail(CancellationError())
        }
    }

    private func write(_ pipe: CopyPipe) async throws -> Bool {
        do {
            let wasThere = try await target.write(isolation: .statement) { connection in
                try pipe.claim(.target)
                try lock(connection)
                return try receive(connection, pipe)
            }
            pipe.setWritten()
            return wasThere
        } catch {
            pipe.fail(error)
            throw error
        }
    }

    /// Keeps other writers out until the transaction ends; a SQLite database has one writer anyway.
    private func lock(_ connection: any SQLConnection) throws {
        guard connection.dialect != .sqlite else { return }
        try connection.execute("LOCK TABLE \(shape.names.sorted().joined(separator: ", ")) IN EXCLUSIVE MODE")
    }

    private func send(_ connection: any SQLConnection, _ pipe: CopyPipe) throws -> [TableDigest] {
        let digests = try tables.enumerated().map { place, table in
            var (digest, batch) = (TableDigest(), [[SQLValue]]())
            try connection.forEachRow(table.selection, []) { row in
                digest.add(row.allValues)
                batch.append(row.allValues)
                guard batch.count == Self.batch else { return }
                try pipe.send(.rows(table: place, batch))
                batch = []
                progress(table.name, digest.rows)
            }
            if !batch.isEmpty { try pipe.send(.rows(table: place, batch)) }
            progress(table.name, digest.rows)
            return digest
        }
        try pipe.send(.end(digests))
        return digests
    }

    /// - Returns: whether the target already had the rows.
    private func receive(_ connection: any SQLConnection, _ pipe: CopyPipe) throws -> Bool {
        let before = try digests(connection)
        let isEmpty = before.allSatisfy { $0.rows == 0 }
        var sent: [TableDigest]?
        while sent == nil {
            switch try pipe.receive() {
            case .rows(let table, let rows):
                if isEmpty { try insert(rows, tables[table], connection) }
            case .end(let digests): sent = digests
            }
        }
        let after = isEmpty ? try digests(connection) : before
        for (table, (sent, found)) in zip(tables, zip(sent ?? [], after)) where sent != found {
            if isEmpty { throw Differs(table: table.name) }
            throw NotEmpty(table: table.name, rows: found.rows)
        }
        if isEmpty { try restartIdentities(connection) }
        return !isEmpty
    }

    private func insert(_ rows: [[SQLValue]], _ table: StoreShape.Table, _ connection: any SQLConnection) throws {
        do {
            try connection.executeEach(table.insertion, rows)
        } catch var error as SQLError {
            error.message = "table \(table.name): \(error.message)"
            throw error
        }
    }

    private func digests(_ connection: any SQLConnection) throws -> [TableDigest] {
        try tables.map { table in
            var digest = TableDigest()
            try connection.forEachRow(table.selection, []) { digest.add($0.allValues) }
            return digest
        }
    }

    /// Makes new rows get ids after the copied ones; SQLite does that itself.
    private func restartIdentities(_ connection: any SQLConnection) throws {
        guard connection.dialect != .sqlite else { return }
        for table in tables {
            guard let column = table.identity else { continue }
            _ = try connection.query(
                """
                SELECT setval(
                    pg_get_serial_sequence('\(table.name)', '\(column)'),
                    (SELECT MAX(\(column)) FROM \(table.name)))
                    AS value
                """)
        }
    }
}
