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

    /// What the first version wrote of reports and documents is carried over.
    @Test func reportsAndDocumentsOfTheFirstVersion() async throws {
        let location = SQLiteLocation.file(path: directory.file("qrpay.db"))
        let old = try await SQLiteDatabase.open(location, migrations: Array(Schema.migrations.prefix(1)))
        let hold = PaymentOperation(number: 1, kind: .hold, amount: rub(12_000), status: .succeeded)
        var clear = hold
        clear.number = 2
        clear.kind = .clear
        let second = clear
        try await Store(old).write { transaction in
            try transaction.orders.insert(Shelf.order(), lines: Shelf.lines)
            try transaction.restaurants.save(
                Restaurant(clientID: "bistro", name: "Бистро", zone: nil, createdAt: Shelf.now))
            for operation in [hold, second] {
                try transaction.operations.insert(
                    OperationRecord(orderID: "o", invoiceID: "e", uid: "anna", operation: operation), at: Shelf.now)
            }
        }
        try await old.write { connection in
            for (number, kind, effect) in [(1, "hold", "applied"), (2, "clear", "other_kind_or_amount")] {
                try connection.execute(
                    "INSERT INTO callbacks VALUES ('e', $1, $2, 'succeeded', 0, 2, $3)",
                    [.integer(number), .text(kind), .text(effect)])
            }
            try connection.execute(
                "INSERT INTO documents VALUES ('o', 'e-1', 'e', 1, 2, 'payment', 12000, '[]', 0)")
        }
        await old.close()
        let new = try await SQLiteDatabase.open(location, migrations: Schema.migrations)
        let (deliveries, documents) = try await Store(new).read { transaction in
            (
                try [hold, second].map { try transaction.operations.deliveries(invoiceID: "e", operation: $0) },
                try transaction.receipts.documents(orderID: "o")
            )
        }
        #expect(deliveries == [2, 0], "the clear's right report is still to come")
        #expect(documents.map(\.sellerName) == ["Бистро"])
        #expect(try await new.integrityCheck().isEmpty)
        await new.close()
    }

    /// A released migration is never edited: stores that have been through it would be refused.
    @Test func versionsCountUp() {
        #expect(Schema.migrations.map(\.version) == Array(1...Schema.migrations.count))
    }
}
