import PaymentCore
import Payments
import SQLKit
import SQLiteEngine
import TestSupport
import Testing
import WorldKit

@Suite struct SchemaTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: 0...Schema.migrations.count)
    func `every past store moves forward`(count: Int) async throws {
        let location = SQLiteLocation.file(path: directory.file("qrpay.db"))
        let old = try await SQLiteDatabase.open(location, migrations: Array(Schema.migrations.prefix(count)))
        if count > 0 {
            try await old.write { try Self.insertOrder($0) }
        }
        await old.close()
        let new = try await SQLiteDatabase.open(location, migrations: Schema.migrations)
        #expect(try await new.integrityCheck().isEmpty)
        let order = try await Store(new).read { try $0.orders.order(id: "o") }
        #expect(order == (count > 0 ? StoreFixture.order() : nil))
        await new.close()
    }

    /// ``StoreFixture/order(_:of:_:)`` as the first version wrote it.
    private static func insertOrder(_ connection: any SQLConnection) throws {
        let order = StoreFixture.order()
        try connection.execute(
            """
            INSERT INTO orders (order_id, client_id, internal_order_id, bill_version, status, currency, amount, taken,
                refunded, operation, created_at, updated_at, expires_at)
            VALUES ('o', 'bistro', 'bill-o', 1, 'PENDING', 'RUB', 12000, 0, 0, 0, $1, $1, $2)
            """, [.integer(order.createdAt.microseconds), .integer(order.expiresAt.microseconds)])
        try connection.execute(
            "INSERT INTO bills (order_id, version, amount, lines, created_at) VALUES ('o', 1, 12000, '[]', $1)",
            [.integer(order.createdAt.microseconds)])
    }

    /// What the first version wrote of reports and documents is carried over.
    @Test func `reports and documents of the first version`() async throws {
        let location = SQLiteLocation.file(path: directory.file("qrpay.db"))
        let old = try await SQLiteDatabase.open(location, migrations: Array(Schema.migrations.prefix(1)))
        let hold = PaymentOperation(number: 1, kind: .hold, amount: rub(12_000), status: .succeeded)
        var clear = hold
        clear.number = 2
        clear.kind = .clear
        let second = clear
        try await old.write { try Self.insertOrder($0) }
        try await Store(old).write { transaction in
            try transaction.restaurants.save(
                Restaurant(clientID: "bistro", name: "Бистро", zone: nil, createdAt: StoreFixture.now))
            for operation in [hold, second] {
                try transaction.operations.insert(
                    OperationRecord(orderID: "o", invoiceID: "e", uid: "anna", operation: operation),
                    at: StoreFixture.now)
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
    @Test func `versions count up`() {
        #expect(Schema.migrations.map(\.version) == Array(1...Schema.migrations.count))
    }
}
