import CommandLineKit
import FiscalReceipts
import JSONKit
import PaymentCore
import Payments

/// Receipts in a file that the user names, read one at a time.
enum ReceiptFile {
    /// What amounts are where a receipt does not say.
    static let unitOption = OptionSpec(
        name: "unit", value: "UNIT", completion: .values(AmountUnit.allCases.map(\.rawValue)),
        summary: "What amounts such as 300.00 are in, where a receipt does not say")

    /// What a file is called in messages.
    static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

    /// What may be wrong with one file and says nothing of the others.
    private static let unreadable: Set<String> = ["file_not_found", "file_unreadable", "no_receipts"]

    /// Does something with each file; one that cannot be read keeps nobody from the others.
    /// - Returns: what was wrong with each that could not be read.
    /// - Throws: whatever else `body` throws, at once.
    static func forEach(_ paths: [String], _ body: (String) async throws -> Void) async throws -> [Problem] {
        var problems: [Problem] = []
        for path in paths {
            do {
                try await body(path)
            } catch let problem as Problem where unreadable.contains(problem.code) {
                problems.append(problem)
            }
        }
        return problems
    }

    /// Several files' problems as one; nil for none.
    static func merged(_ problems: [Problem]) -> Problem? {
        guard let first = problems.first else { return nil }
        return Problem(first.kind, first.code, problems.map(\.message).joined(separator: "; "), hint: first.hint)
    }

    /// Hands over each receipt of a file (`-` is standard input): one receipt, a JSON array, or JSON lines.
    /// - Parameter unit: of amounts that do not say it.
    /// - Throws: ``Problem`` `no_receipts` for a file without any, what reading throws, and what `body` does.
    static func forEachReceipt(
        in path: String, unit: AmountUnit?, _ body: (ReceiptReader.Entry) async throws -> Void
    ) async throws {
        var reader = ReceiptReader(unit: unit)
        var complete: [ReceiptReader.Entry] = []
        var isEmpty = true
        func handOver() async throws {
            isEmpty = isEmpty && complete.isEmpty
            for entry in complete { try await body(entry) }
            complete.removeAll(keepingCapacity: true)
        }
        try await LocalFile.forEachChunk(path, what: "the receipts") { chunk in
            reader.append(chunk) { complete.append($0) }
            try await handOver()
        }
        reader.finish { complete.append($0) }
        try await handOver()
        if isEmpty { throw Problem(.invalid, "no_receipts", "\(name(path)): there is no receipt in it") }
    }
}

/// A path's last part, cut by bytes as the system does: to `Character` a slash with an accent on it is none.
struct FileName {
    /// Without the directory and the ending; `receipt` for a path that has no name.
    let stem: String
    /// Behind the last period; nil without one.
    let ending: String?

    init(_ path: String) {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? Substring("receipt").utf8
        let period = name.lastIndex(of: UInt8(ascii: "."))
        let end = period.flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
        stem = String(Substring(name[..<end]))
        ending = period.map { String(Substring(name[name.index(after: $0)...])) }
    }
}
