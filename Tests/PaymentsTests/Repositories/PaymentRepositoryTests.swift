import PaymentCore
import Payments
import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

/// Operations, reports, journal, documents, receipts, cashback, restaurants: each is read back as written.
@Suite(.everyEngine) struct PaymentRepositoryTests {
    private func record(
        _ number: Int, _ kind: PaymentOperation.Kind, invoice: String = "eda-o", lines: [BillLine] = []
    ) -> OperationRecord {
        OperationRecord(
            orderID: "o", invoiceID: invoice, uid: "anna",
            operation: PaymentOperation(number: number, kind: kind, amount: rub(12_000), status: .pending), lines: lines
        )
    }

    @Test func `operations`() async throws {
        let fixture = try await StoreFixture()
        try await fixture.insert(StoreFixture.order())
        let records = [record(1, .hold), record(2, .clear), record(3, .refund, lines: StoreFixture.lines)]
        let read = try await fixture.store.write { transaction in
            #expect(try transaction.operations.nextNumber(invoiceID: "eda-o") == 1)
            for record in records { try transaction.operations.insert(record, at: StoreFixture.now) }
            #expect(try transaction.operations.nextNumber(invoiceID: "eda-o") == 4)
            #expect(try transaction.operations.nextNumber(invoiceID: "eda-p") == 1)
            return try transaction.operations.operations(orderID: "o")
        }
        #expect(read == records)
        let decided = try await fixture.store.write { transaction in
            try transaction.operations.setStatus(
                invoiceID: "eda-o", number: 1, to: .failed, reason: "declined", at: StoreFixture.now)
            return try transaction.operations.operation(invoiceID: "eda-o", number: 1)
        }
        #expect(decided?.operation.status == .failed && decided?.operation.reason == "declined")
        let unknown = try await fixture.store.read { try $0.operations.operation(invoiceID: "eda-o", number: 9) }
        #expect(unknown == nil)
        await #expect(throws: SQLError.self) {
            try await fixture.store.write { try $0.operations.insert(records[0], at: StoreFixture.now) }
        }
    }

    @Test func `reports are counted by what they say`() async throws {
        let fixture = try await StoreFixture()
        let right = PaymentOperation(number: 1, kind: .hold, amount: rub(12_000), status: .succeeded)
        var others = [right, right, right]
        others[0].amount = rub(1)
        others[1].status = .failed
        others[2].amount.currency = try Currency(code: "USD")
        let wrong = others
        let counts = try await fixture.store.write { transaction in
            for _ in 0..<3 {
                try transaction.operations.recordCallback(
                    invoiceID: "e", operation: right, effect: "applied", at: StoreFixture.now)
            }
            return try ([right] + wrong).map { try transaction.operations.deliveries(invoiceID: "e", operation: $0) }
        }
        #expect(counts == [3, 0, 0, 0])
    }

    @Test func `journal`() async throws {
        let fixture = try await StoreFixture()
        let actors: [Actor] = [.iiko, .guest("anna"), .guest("a:b"), .transactions, .worker, .support]
        let entries = zip(JournalEntry.Event.allCases, 0...).map { event, index in
            JournalEntry(
                at: StoreFixture.now, orderID: "o", event: event, from: index == 0 ? nil : .pending,
                to: index == 0 ? nil : .holding, actor: actors[index % actors.count], detail: ["ключ": "\"\n\(index)"])
        }
        let read = try await fixture.store.write { transaction in
            for entry in entries { try transaction.journal.append(entry) }
            return try transaction.journal.entries(orderID: "o")
        }
        #expect(read == entries)
    }

    @Test func `documents and receipts`() async throws {
        let fixture = try await StoreFixture()
        try await fixture.insert(StoreFixture.order())
        let documents = [(1, DocumentRecord.Kind.payment), (2, .refund)].map { version, kind in
            DocumentRecord(
                orderID: "o", invoiceID: "eda-o", version: version, operation: version + 1, kind: kind,
                amount: rub(12_000), prepaid: kind == .payment ? rub(2_500) : nil, lines: StoreFixture.lines,
                sellerName: "Бистро")
        }
        let receipts = documents.map {
            StoredReceipt(
                orderID: "o", documentID: $0.documentID, kind: $0.kind, cost: $0.amount,
                key: StoredReceipt.key(orderID: "o", documentID: $0.documentID), createdAt: StoreFixture.now)
        }
        try await fixture.store.write { transaction in
            for document in documents { try transaction.receipts.insert(document, at: StoreFixture.now) }
            #expect(try transaction.receipts.documents(orderID: "o") == documents)
            for receipt in receipts { #expect(try transaction.receipts.insert(receipt)) }
            #expect(try !transaction.receipts.insert(receipts[0]), "recorded before")
            #expect(try transaction.receipts.receipts(orderID: "o", limit: 10) == receipts)
            #expect(try transaction.receipts.receipts(orderID: nil, limit: 1).count == 1)
            #expect(try transaction.receipts.receipt(documentID: "eda-o-2") == receipts[1])
            #expect(try transaction.receipts.receipt(documentID: "eda-o-3") == nil)
            #expect(try transaction.receipts.receipt(documentID: "nonsense") == nil)
        }
        await #expect(throws: SQLError.self, "one document an invoice and version") {
            try await fixture.store.write { try $0.receipts.insert(documents[0], at: StoreFixture.now) }
        }
    }

    private static func record(
        _ number: Int, _ kind: CashbackEntry.Kind, _ kopecks: Int64
    ) -> CashbackRepository.Record {
        CashbackRepository.Record(
            number: number,
            entry: CashbackEntry(
                key: CashbackRepository.key(orderID: "o", number: number), orderID: "o", uid: "anna", kind: kind,
                amount: rub(kopecks)),
            isPosted: false, isCorrection: false)
    }

    @Test func `cashback`() async throws {
        let fixture = try await StoreFixture()
        let order = StoreFixture.order()
        try await fixture.insert(order)
        try await fixture.store.write { transaction in
            try transaction.cashback.append(Self.record(1, .accrual, 3_600), at: StoreFixture.now)
            try transaction.cashback.append(Self.record(2, .clawback, 600), at: StoreFixture.now)
            #expect(try transaction.cashback.markPosted(orderID: "o", number: 1))
            #expect(try !transaction.cashback.markPosted(orderID: "o", number: 1))
            let records = try transaction.cashback.entries(of: order)
            #expect(records.map(\.number) == [1, 2] && records.map(\.isPosted) == [true, false])
            #expect(records.map(\.entry.key) == ["o-1", "o-2"] && records.map(\.entry.kind) == [.accrual, .clawback])
            #expect(records.map(\.entry.amount) == [rub(3_600), rub(600)])
        }
        await #expect(throws: SQLError.self) {
            try await fixture.store.write {
                try $0.cashback.append(Self.record(3, .accrual, 0), at: StoreFixture.now)
            }
        }
    }

    @Test func `cashback rules`() async throws {
        let fixture = try await StoreFixture()
        let yen = try Currency(code: "JPY")
        let rules = [
            CashbackRule(ruleID: "1", clientID: nil, percent: try Percent("5"), validFrom: StoreFixture.now),
            CashbackRule(
                ruleID: "2", clientID: "bistro", percent: try Percent("7.5"), minimumBill: rub(1_000), cap: rub(500),
                validFrom: StoreFixture.now, validUntil: StoreFixture.now.advanced(bySeconds: 60)),
            CashbackRule(
                ruleID: "3", clientID: "cafe", percent: try Percent("0.000001"),
                cap: Money(minorUnits: 500, currency: yen), validFrom: StoreFixture.now),
        ]
        let (all, own) = try await fixture.store.write { transaction in
            for rule in rules { try transaction.cashback.insert(rule) }
            return (try transaction.cashback.rules(clientID: nil), try transaction.cashback.rules(clientID: "bistro"))
        }
        #expect(Set(all) == Set(rules))
        #expect(own == Array(rules[..<2]))
    }

    @Test func `restaurants`() async throws {
        let fixture = try await StoreFixture()
        var restaurant = Restaurant(clientID: "b", name: "Бистро", zone: nil, createdAt: StoreFixture.now)
        let other = Restaurant(clientID: "a", name: "Аврора", zone: "msk", createdAt: StoreFixture.now)
        let first = restaurant
        restaurant.name = "Я"
        restaurant.zone = "spb"
        let renamed = restaurant
        let read = try await fixture.store.write { transaction in
            for one in [first, other, renamed] { try transaction.restaurants.save(one) }
            return (try transaction.restaurants.restaurants(), try transaction.restaurants.restaurant(clientID: "c"))
        }
        #expect(read.0 == [other, renamed] && read.1 == nil)
    }

    @Test func `a failing write leaves nothing`() async throws {
        struct Stop: Error {}
        let fixture = try await StoreFixture()
        await #expect(throws: Stop.self) {
            try await fixture.store.write { transaction in
                try transaction.orders.insert(StoreFixture.order(), lines: StoreFixture.lines)
                try transaction.tasks.enqueue(StoreFixture.request("k"), at: StoreFixture.now)
                throw Stop()
            }
        }
        let left = try await fixture.store.read {
            (try $0.orders.order(id: "o"), try $0.tasks.tasks(TaskFilter(), at: StoreFixture.now))
        }
        #expect(left.0 == nil && left.1.isEmpty)
    }
}
