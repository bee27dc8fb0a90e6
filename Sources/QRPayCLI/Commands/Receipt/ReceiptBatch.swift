import CommandLineKit
import DrawingKit
import EncodingKit
import FiscalReceipts
import FoundationEssentials
import JSONKit
import PaymentCore
import Payments
import Synchronization

/// Renders many receipts in parallel, each into its own file.
struct ReceiptBatch: Sendable {
    var directory: String
    var format: ReceiptFormat
    var measures: ReceiptFormat.Measures
    /// The unit of amounts that do not specify one.
    var unit: AmountUnit?
    var context: Context

    /// The progress of the work.
    private final class Count: Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increment() { count.add(1, ordering: .relaxed) }
    }

    /// One receipt of the batch, with its file or its error.
    private struct Page: Listed, Sendable {
        /// In the order of the input.
        var number: Int
        var source: String
        var file: String
        var problem: Problem?
        /// Ambiguities in the receipt, and how they were read.
        var notes: [String] = []

        var json: JSONObject {
            var json: JSONObject = [
                "source": source, "file": problem == nil ? file : nil,
                "error": problem.map { ["code": $0.code, "message": $0.message] as JSONObject },
            ]
            if !notes.isEmpty { json["notes"] = notes }
            return json
        }

        static let columns = [TextTable.Column("FILE"), TextTable.Column("SOURCE")]

        var cells: [TextTable.Cell] { [TextTable.Cell(file), TextTable.Cell(source)] }
    }

    /// - Returns: whether every receipt was rendered.
    /// - Throws: ``Problem`` of files that could not be read, after the others were rendered.
    func run(_ paths: [String], asJSON: Bool) async throws -> Bool {
        let stems = Self.stems(of: paths)
        try LocalFile.makeDirectory(directory)
        let rendered = Count()
        let (pages, unread) = try await ProgressLine(context).show {
            "\(rendered.value) rendered"
        } during: {
            try await render(paths, stems, rendered)
        }
        let problem = ReceiptFile.merged(unread)
        if let problem, pages.isEmpty { throw problem }
        let isWhole = try report(pages, unread: unread.count, asJSON: asJSON)
        if let problem { throw problem }
        return isWhole
    }

    /// - Parameter rendered: counts the pages that are ready.
    /// - Returns: the pages in the order of the input, and the errors of files that could not be read.
    private func render(
        _ paths: [String], _ stems: [String: String], _ rendered: Count
    ) async throws -> ([Page], unread: [Problem]) {
        try await withThrowingTaskGroup(of: Page.self) { group in
            var pages: [Page] = []
            var running = 0
            var files: Set<String> = []
            func collect() async throws {
                guard let page = try await group.next() else { return }
                running -= 1
                pages.append(page)
                rendered.increment()
            }
            let unread = try await ReceiptFile.forEach(paths) { path in
                let stem = stems[path] ?? "receipt"
                try await forEachReceipt(in: path) { entry, isOnly in
                    while running >= ProcessInfo.processInfo.activeProcessorCount { try await collect() }
                    try Task.checkCancellation()
                    let number = pages.count + running
                    let file = "\(directory)/\(stem)\(isOnly ? "" : "-\(entry.index + 1)").\(format.fileEnding)"
                    let source = "\(ReceiptFile.name(path)):\(entry.index + 1)"
                    guard files.insert(file).inserted else {
                        let clash = Problem(
                            .invalid, "usage",
                            "\(file) is already the file of another receipt; render one of them into another directory")
                        pages.append(Page(number: number, source: source, file: file, problem: clash))
                        return
                    }
                    group.addTask { try page(of: entry.receipt, number, source, file) }
                    running += 1
                }
            }
            while running > 0 { try await collect() }
            return (pages.sorted { $0.number < $1.number }, unread)
        }
    }

    /// The base name of each file's pages, by its path: the file name without directory and extension.
    private static func stems(of paths: [String]) -> [String: String] {
        Dictionary(paths.map { ($0, $0 == "-" ? "receipt" : FileName($0).stem) }) { first, _ in first }
    }

    /// - Throws: ``Problem`` `usage` for files whose pages would have the same names.
    static func checkNames(of paths: [String]) throws {
        let stems = stems(of: paths)
        var owners: [String: String] = [:]
        for path in paths {
            if let other = owners.updateValue(path, forKey: stems[path] ?? "") {
                throw Problem(
                    .invalid, "usage", "\(other) and \(path) would be written to the same files",
                    hint: "render one of them into another directory")
            }
        }
    }

    /// Each receipt of a file, and whether it is the only one.
    private func forEachReceipt(
        in path: String, _ body: (ReceiptReader.Entry, _ isOnly: Bool) async throws -> Void
    ) async throws {
        var first: ReceiptReader.Entry?
        try await ReceiptFile.forEachReceipt(in: path, unit: unit) { entry in
            if entry.index == 0 {
                first = entry
                return
            }
            if let known = first { try await body(known, false) }
            first = nil
            try await body(entry, false)
        }
        if let first { try await body(first, true) }
    }

    /// - Throws: what concerns all pages, such as a missing font or a full disk.
    private func page(
        of receipt: Result<Receipt, ReceiptError>, _ number: Int, _ source: String, _ file: String
    ) throws -> Page {
        var page = Page(number: number, source: source, file: file)
        do {
            let receipt = try receipt.get()
            page.notes = receipt.notes
            try LocalFile.write(try format.bytes(of: receipt, measures), to: file)
        } catch let error as ReceiptError {
            page.problem = Problem(.invalid, error.code, error.message)
        } catch let error as DocumentError {
            switch error {
            case .imageTooLarge, .pageTooLarge: page.problem = Problem(error)
            case .libraryMissing, .fontMissing, .notEncodable, .drawingFailed: throw error
            }
        }
        return page
    }

    /// - Parameter unread: how many files could not be read.
    private func report(_ pages: [Page], unread: Int, asJSON: Bool) throws -> Bool {
        let failed = pages.compactMap { page in page.problem.map { (page.source, $0) } }
        if asJSON {
            try context.show(pages, asJSON: true, ifEmpty: "")
        } else {
            try context.show(pages.filter { $0.problem == nil }, asJSON: false, ifEmpty: "")
            for (source, problem) in failed { try context.warn("\(source): \(problem.message)") }
            for page in pages { for note in page.notes { try context.warn("\(page.source): \(note)") } }
        }
        // With --json, standard error holds errors only.
        if unread == 0 || !asJSON {
            let files = unread == 0 ? "" : ", \(unread.counted("file")) could not be read"
            let rendered = pages.count - failed.count
            try context.note("\(rendered) rendered, \(failed.count) failed\(files)")
        }
        return failed.isEmpty
    }
}
