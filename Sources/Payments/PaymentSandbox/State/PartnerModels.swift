import JSONKit
import PaymentCore
import PaymentPartners
import WorldKit

/// All partners' models together, and their records as rows.
struct PartnerModels: Sendable {
    var eda: EdaModel
    var transactions: TransactionsModel
    var cardstorage = CardstorageModel()
    var cashback: CashbackModel
    var objects: ObjectModel
    /// The payment system's unacknowledged reports, by event id.
    var reports: RecordTable<WaitingReport>
    private var lastReport: Int

    struct WaitingReport: Hashable, Codable, Sendable {
        /// Incremented with every report.
        var number: Int
        var report: CallbackCourier.Report
    }

    /// One record to store, or, without a body, to delete.
    struct Row: Hashable, Sendable {
        enum Kind: String, Sendable {
            case edaOrder = "eda_order"
            case edaDocument = "eda_document"
            case invoice
            case cashbackEntry = "cashback_entry"
            case object, report
        }

        var kind: Kind
        var id: String
        var body: [UInt8]?
    }

    /// - Throws: ``FieldError`` when a row does not match its kind.
    init(rows: [Row] = [], settings: SandboxSettings) throws(FieldError) {
        eda = EdaModel(
            orders: try Self.records(.edaOrder, rows), documents: try Self.records(.edaDocument, rows),
            receiptDelaySeconds: settings.receiptDelaySeconds)
        transactions = TransactionsModel(
            invoices: try Self.records(.invoice, rows), slowSeconds: settings.slowCardSeconds)
        cashback = CashbackModel(rows: try Self.records(.cashbackEntry, rows))
        objects = ObjectModel(objects: try Self.records(.object, rows))
        reports = RecordTable(try Self.records(.report, rows))
        lastReport = reports.values.map(\.number).max() ?? 0
        try checkRanges()
    }

    /// Times and numbers too large for the arithmetic done with them.
    private func checkRanges() throws(FieldError) {
        let times =
            eda.documents.values.map(\.pushedAt)
            + transactions.invoices.values.flatMap(\.operations).compactMap(\.dueAt)
        guard times.allSatisfy(Instant.microsecondRange.contains) else {
            throw FieldError(field: "pushed_at or due_at", problem: "out of range")
        }
        let numbers = reports.values.map(\.number) + transactions.invoices.values.flatMap(\.operations).map(\.number)
        guard numbers.allSatisfy((0...1_000_000_000_000).contains) else {
            throw FieldError(field: "number", problem: "out of range")
        }
    }

    /// Keeps reports until they are acknowledged, in order.
    mutating func keep(_ new: [CallbackCourier.Report]) {
        for report in new {
            lastReport += 1
            reports[report.callback.eventID] = WaitingReport(number: lastReport, report: report)
        }
    }

    /// The unacknowledged reports, oldest first.
    var waitingReports: [CallbackCourier.Report] { reports.values.sorted { $0.number < $1.number }.map(\.report) }

    /// The changes since the last call.
    mutating func takeChanges() throws(FieldError) -> [Row] {
        try Self.rows(.edaOrder, &eda.orders) + Self.rows(.edaDocument, &eda.documents)
            + Self.rows(.invoice, &transactions.invoices) + Self.rows(.cashbackEntry, &cashback.rows)
            + Self.rows(.object, &objects.objects) + Self.rows(.report, &reports)
    }

    private static func records<Record: Decodable>(
        _ kind: Row.Kind, _ rows: [Row]
    ) throws(FieldError) -> [String: Record] {
        var records: [String: Record] = [:]
        for row in rows where row.kind == kind {
            records[row.id] = try JSON.message(Record.self, from: row.body ?? [])
        }
        return records
    }

    private static func rows<Record>(
        _ kind: Row.Kind, _ table: inout RecordTable<Record>
    ) throws(FieldError) -> [Row] {
        var rows: [Row] = []
        for (id, record) in table.takeChanges() {
            var body: [UInt8]?
            if let record { body = try JSON.message(record) }
            rows.append(Row(kind: kind, id: id, body: body))
        }
        return rows
    }
}
