import CommandLineKit
import Explorer
import Payments
import Synchronization
import WorldKit

/// How to search, and what to do with the result: the same for every system.
enum SearchOptions {
    private enum Kind: String, CaseIterable { case exhaustive, random, pct }

    private static let strategyKind = Option(
        "strategy", "STRATEGY", ValueParser<Kind>.word, default: Kind.exhaustive.rawValue,
        summary: "All histories, random ones, or random ones that favour bugs of few constraints")
    private static let preemptions = Option(
        "preemptions", "N", .integer(in: 0...1000), summary: "At most N switches away from a busy process")
    private static let depth = Option(
        "depth", "N", .integer(in: 1...100), default: "3", summary: "Number of ordering constraints that pct targets")
    private static let seed = Option(
        "seed", "SEED", .integer(in: 0...Int.max), default: "1", summary: "Seed of the random histories")
    private static let schedules = Option(
        "schedules", "N", .integer(in: 1...Int.max), summary: "At most N random histories")
    static let seconds = Option("seconds", "TIME", .seconds(), default: "60s", summary: "Stop after this time")
    static let isolation = Option(
        "isolation", "ISOLATION", ValueParser<Isolation>.word, default: Isolation.serial.rawValue,
        summary: "Transactions one after the other, or overlapping, each on a snapshot as in PostgreSQL")
    static let count = Option(flag: "count", summary: "Also count all histories, without reductions")
    static let replay = Option(
        "replay", "TOKEN", .file, summary: "Replay one history, by its token or from a saved file")
    static let save = Option("save", "FILE", .file, summary: "Save the shortest violation as a JSON file")
    static let html = Option("html", "FILE", .file, summary: "Write the result as an HTML page")

    /// - Parameter names: of the reductions that the system has.
    static func without(_ names: [(String, Reductions)]) -> Option<[Reductions]> {
        Option(repeated: "without", "REDUCTION", .words(names), summary: "Disable a reduction")
    }

    static let reductions: [(String, Reductions)] = [
        ("sleep-sets", .sleepSets), ("states", .states), ("symmetry", .symmetry), ("forgetting", .forgetting),
        ("memory", .memory), ("overlaps", .overlaps),
    ]

    /// Before and after `without`.
    static let search: [any CommandOption] = [strategyKind, preemptions, depth, seed, schedules, seconds]
    static let output: [any CommandOption] = [replay, save, html]

    /// - Throws: ``Problem`` `usage` for an option that the strategy does not use.
    static func check(_ options: ParsedOptions) throws {
        let kind = options[strategyKind]
        let unused: [any CommandOption] =
            switch kind {
            case .exhaustive: [depth, seed, schedules]
            case .random: [preemptions, depth]
            case .pct: [preemptions]
            }
        for option in unused where options.isGiven(option) {
            throw Problem(
                .invalid, "usage", "\(option.label) cannot be used with \(strategyKind.label) \(kind.rawValue)")
        }
    }

    static func strategy(_ options: ParsedOptions) -> SearchStrategy {
        let (seed, limit) = (UInt64(options[seed]), options[schedules])
        return switch options[strategyKind] {
        case .exhaustive: .exhaustive(preemptions: options[preemptions])
        case .random: .random(seed: seed, limit: limit)
        case .pct: .priorities(seed: seed, depth: options[depth], limit: limit)
        }
    }

    // MARK: Replays

    /// The file of a saved history.
    static func saved(_ path: String) throws -> [UInt8] {
        try LocalFile.read(path, maximumBytes: 1 << 20, what: "the history")
    }

    static func replaying<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as ReplayError {
            throw Problem(error)
        }
    }

    /// - Parameter json: of the shortest violation; nil when there is none.
    static func save(_ json: @autoclosure () throws -> String?, _ options: ParsedOptions, _ context: Context) throws {
        guard let path = options[save] else { return }
        guard let json = try replaying(json) else {
            return try context.note("no violation: nothing saved in \(path)")
        }
        try LocalFile.write(Array(json.utf8), to: path)
    }
}

/// The time that a search may take, and its progress.
final class SearchLimits: Sendable {
    private let context: Context
    private let limit: Double
    private let begun: Instant
    private let counts = Mutex(SearchCounts())

    init(_ options: ParsedOptions, _ context: Context) {
        self.context = context
        limit = options[SearchOptions.seconds]
        begun = context.world.now()
    }

    var seconds: Double { context.world.now().seconds(since: begun) }

    var isOver: Interruption {
        { counts in
            self.counts.withLock { $0 = counts }
            return self.seconds > self.limit ? "\(ExplorationOutput.round(self.limit)) s elapsed" : nil
        }
    }

    /// As long again, to shorten the violations.
    var isTooLate: @Sendable () -> Bool { { self.seconds > 2 * self.limit } }

    /// Explores, and shows how far it is.
    /// - Parameter what: whose code it is.
    func run<Report: Sendable>(what: String, _ explore: @escaping @Sendable () throws -> Report) async throws -> Report
    {
        do {
            return try await ProgressLine(context).show {
                let counts = self.counts.withLock { $0 }
                return "\(counts.schedules) histories, \(counts.pruned) pruned, \(counts.steps) steps"
            } during: {
                try explore()
            }
        } catch let error as SchedulerError {
            throw Problem(.defect, "cannot_follow", "the explorer cannot follow \(what): \(error)")
        } catch let error as StoreSchemaError {
            throw Problem(.defect, "cannot_follow", error.description)
        } catch let error as RewindError {
            throw Problem(.defect, "cannot_follow", error.description)
        }
    }
}

extension ExplorationOutput {
    /// Shows the result, and writes the page.
    func show(_ options: ParsedOptions, _ context: Context) throws {
        if options.isJSON {
            try context.output.write(try JSONText.render(json))
        } else {
            try write(to: context)
        }
        if let path = options[SearchOptions.html] {
            try LocalFile.write(Array(HistoryPage.render(self).utf8), to: path)
        }
    }

    var status: ExitStatus { violations.contains { $0.invariant != nil } ? .negative : .done }
}

extension Problem {
    fileprivate init(_ error: ReplayError) {
        switch error {
        case .notAToken(let why):
            self.init(.invalid, "bad_token", "not a token or saved history of this program: \(why)")
        case .changed(let number, let was, let now):
            let was = was.map { " '\($0)'" } ?? ""
            self.init(
                .invalid, "stale_token",
                "the code has changed: step \(number)\(was) is "
                    + (now.map { "now '\($0)'" } ?? "no longer possible"),
                hint: "explore again, and save the result")
        case .changedSomewhere:
            self.init(
                .invalid, "stale_token", "the code has changed: these choices lead to another history now",
                hint: "explore again, and save the result")
        }
    }
}
