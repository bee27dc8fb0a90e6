import PaymentCore
import Payments

/// A cashback ledger in a file, read in chunks.
enum LedgerFile {
    private static let shownFlaws = 5

    /// The ledger in a file; `-` is standard input.
    ///
    /// Reading throws ``Problem`` `bad_ledger` when a line is invalid: skipping lines would make the audit report
    /// missing cashback.
    static func ledger(_ path: String) -> CashbackAuditing.Ledger {
        { receive in
            var reader = LedgerReader()
            var rows: [CashbackLedgerRow] = []
            var flaws = Flaws(name: path == "-" ? "standard input" : path)
            func take(_ entry: LedgerReader.Entry) {
                switch entry.row {
                case .success(let row): rows.append(row)
                case .failure(let flaw): flaws.add(flaw, line: entry.line)
                }
            }
            try await LocalFile.forEachChunk(path, what: "the ledger") { chunk in
                reader.append(chunk, take)
                try await receive(rows)
                rows.removeAll(keepingCapacity: true)
            }
            reader.finish(take)
            try await receive(rows)
            try flaws.check()
        }
    }

    private struct Flaws {
        var name: String
        var count = 0
        var messages: [String] = []

        mutating func add(_ flaw: LedgerFlaw, line: Int) {
            count += 1
            if messages.count < LedgerFile.shownFlaws { messages.append("line \(line): \(flaw.message)") }
        }

        func check() throws {
            guard count > 0 else { return }
            let rest = count > messages.count ? ["and \(count - messages.count) more"] : []
            throw Problem(
                .invalid, "bad_ledger",
                "\(name): \(count) \(count == 1 ? "line" : "lines") cannot be used: "
                    + (messages + rest).joined(separator: "; "))
        }
    }
}
