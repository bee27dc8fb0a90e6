import CommandLineKit
import FiscalReceipts
import JSONKit
import PaymentCore
import Payments

/// Receipts in a file, read one at a time.
enum ReceiptFile {
    /// The unit of amounts that a receipt does not specify.
    static let unit = Option(
        "unit", "UNIT", ValueParser<AmountUnit>.word,
        summary: "The unit of amounts such as 300.00, if a receipt does not specify it")

    /// A stored receipt.
    static let document = Argument("DOCUMENT", .identifier, summary: "The document's id")

    /// The file's name in messages.
    static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

    /// Whether the error concerns this file only.
    private static let unreadable: Set<String> = ["file_not_found", "file_unreadable", "no_receipts"]

    /// Runs `body` with each file; unreadable files do not stop the others.
    /// - Returns: the errors of files that could not be read.
    /// - Throws: immediately, any other error of `body`.
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

    /// The problems of several files as one; nil for none.
    static func merged(_ problems: [Problem]) -> Problem? {
        guard let first = problems.first else { return nil }
        return Problem(first.kind, first.code, problems.map(\.message).joined(separator: "; "), next: first.nextStep)
    }

    /// Hands over each receipt of a file (`-` is standard input): one receipt, a JSON array, or JSON lines.
    /// - Parameter unit: the unit of amounts that do not specify one.
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
        if isEmpty { throw Problem(.invalid, "no_receipts", "\(name(path)): contains no receipt") }
    }
}

/// The last component of a path, split by bytes like the system does: as a `Character`, an accented slash differs.
struct FileName {
    /// The name without directory and extension; `receipt` for a path without a name.
    let stem: String
    /// The extension after the last period; nil without one.
    let ending: String?

    init(_ path: String) {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last ?? Substring("receipt").utf8
        let period = name.lastIndex(of: UInt8(ascii: "."))
        let end = period.flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
        stem = String(Substring(name[..<end]))
        ending = period.map { String(Substring(name[name.index(after: $0)...])) }
    }
}
