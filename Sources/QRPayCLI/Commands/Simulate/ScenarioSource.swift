import CommandLineKit
import FoundationEssentials
import PaymentCore
import Payments
import Simulator

/// The source of a scenario: built in, a file, or standard input.
struct ScenarioSource: Sendable {
    static let argument = Argument(
        "SCENARIO", .file, default: "two-guests",
        summary: "A scenario from 'qrpay simulate list', a file, or - for standard input")

    /// Its name in messages.
    let name: String
    let bytes: [UInt8]
    /// The directory of the files named by its steps.
    let directory: String

    /// - Parameter word: a built-in scenario takes precedence; use `./name` for a file of the same name.
    init(_ word: String, _ context: Context) throws {
        name = word == "-" ? "standard input" : word
        directory = word == "-" ? "." : URL(filePath: word).deletingLastPathComponent().path
        if let builtIn = BuiltInScenario.named(word) {
            bytes = builtIn.json
        } else if word == "-" {
            bytes = try context.readInput(ScenarioFile.maximumBytes)
        } else {
            if !word.contains("/"), !word.contains("."), !FileManager.default.fileExists(atPath: word) {
                throw Problem(
                    .notFound, "scenario_not_found", "\(word): no scenario or file of that name",
                    hint: "'qrpay simulate list' lists the scenarios")
            }
            bytes = try LocalFile.read(word, maximumBytes: ScenarioFile.maximumBytes, what: "the scenario")
        }
    }

    func read() throws -> ScenarioFile {
        do {
            return try ScenarioFile(json: bytes)
        } catch {
            throw Problem(error.flaws, in: name)
        }
    }

    /// Reads a file named by a step, relative to the scenario's file.
    func readFile(_ path: String) throws -> [UInt8] {
        let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
        return try LocalFile.read(whole, maximumBytes: BillReader.maximumBytes, what: "the bill")
    }
}

extension Problem {
    /// - Parameter flaws: at least one.
    init(_ flaws: [ScenarioFlaw], in name: String) {
        let shown = flaws.prefix(Self.shownFlaws).map(\.description)
        let rest = flaws.count > shown.count ? ["and \(flaws.count - shown.count) more"] : []
        self.init(
            .invalid, "bad_scenario", "\(name): " + (shown + rest).joined(separator: "; "),
            hint: "'qrpay simulate --help' describes a scenario's file")
    }

    private static var shownFlaws: Int { 10 }
}
