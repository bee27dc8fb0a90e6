import QRPayDomain
import QRPayStore
import SQLKit
import TestSupport
import Testing

@Suite struct SchemaTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: 0...Schema.migrations.count)
    func everyPastStoreMovesForward(count: Int) async throws {
        let location = SQLiteLocation.file(path: directory.file("qrpay.db"))
        let old = try await SQLiteDatabase.open(location, migrations: Array(Schema.migrations.prefix(count)))
        if count > 0 {
            try await Store(old).write { try $0.orders.insert(Shelf.order(), lines: Shelf.lines) }
        }
        await old.close()
        let new = try await SQLiteDatabase.open(location, migrations: Schema.migrations)
        #expect(try await new.integrityCheck().isEmpty)
        let order = try await Store(new).read { try $0.orders.order(id: "o") }
        #expect(order == (count > 0 ? Shelf.order() : nil))
        await new.close()
    }

    /// A released migration is never edited: stores that have been through it would be refused.
    @Test func versionsCountUp() {
        #expect(Schema.migrations.map(\.version) == Array(1...Schema.migrations.count))
    }
}
