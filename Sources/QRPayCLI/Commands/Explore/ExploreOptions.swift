import CommandLineKit
import Explorer
import JSONKit
import PaymentCore
import PaymentSandbox
import Payments
import Simulator

/// The options for what to explore, and how.
enum ExploreOptions {
    static let defaultSeconds = 60.0

    /// One bound of the scenario.
    private struct Count {
        let option: String
        let set: @Sendable (inout Scenario, Int) -> Void
        let byDefault: Int
        var least = 0
        let summary: String
    }

    private static let counts = [
        Count(
            option: "users", set: { $0.users = $1 }, byDefault: 2, least: 1, summary: "Guests paying the same order"
        ),
        Count(
            option: "presses", set: { $0.presses = $1 }, byDefault: 2, least: 1,
            summary: "Maximum payment attempts per guest"
        ),
        Count(option: "workers", set: { $0.workers = $1 }, byDefault: 1, summary: "Workers"),
        Count(option: "refunds", set: { $0.refunds = $1 }, byDefault: 0, summary: "Refunds of two thirds of the bill"),
        Count(
            option: "lost-answers", set: { $0.lostAnswers = $1 }, byDefault: 1,
            summary: "Answers lost after the request took effect"
        ),
        Count(
            option: "lost-questions", set: { $0.lostQuestions = $1 }, byDefault: 0,
            summary: "Requests to partners that never arrive"),
        Count(option: "duplicates", set: { $0.duplicates = $1 }, byDefault: 1, summary: "Duplicate reports"),
        Count(
            option: "crashes", set: { $0.crashes = $1 }, byDefault: 1,
            summary: "Processes that crash between two effects"
        ),
        Count(
            option: "pauses", set: { $0.pauses = $1 }, byDefault: 0,
            summary: "Times the clock advances to the next deadline while a process is busy"),
        Count(
            option: "decisions", set: { $0.decisions = $1 }, byDefault: 0,
            summary: "Bank decisions: a pending operation succeeds or fails, a hold lapses"),
    ]

    private enum Kind: String, CaseIterable { case exhaustive, random, pct }

    private static let reductions: [(name: String, reduction: Reductions)] = [
        ("sleep-sets", .sleepSets), ("states", .states), ("symmetry", .symmetry), ("forgetting", .forgetting),
        ("memory", .memory),
    ]

    static let specs =
        [
            OptionSpec(
                name: "variant", value: "VARIANT", default: "production",
                completion: .values(Variant.all.map(\.name)), summary: "The design to explore")
        ]
        + counts.map {
            OptionSpec(name: $0.option, value: "N", default: String($0.byDefault), summary: $0.summary)
        } + [
            OptionSpec(
                name: "cards", value: "CARDS", default: "decline-once,approve",
                completion: .values(Card.allCases.map(\.word)), summary: "The guests' cards, in turn"),
            OptionSpec(
                name: "strategy", value: "STRATEGY", default: Kind.exhaustive.rawValue,
                completion: .values(Kind.allCases.map(\.rawValue)),
                summary: "All histories, random ones, or random ones that favour bugs of few constraints"),
            OptionSpec(name: "preemptions", value: "N", summary: "At most N switches away from a busy process"),
            OptionSpec(
                name: "depth", value: "N", default: "3", summary: "Number of ordering constraints that pct targets"),
            OptionSpec(name: "seed", value: "SEED", default: "1", summary: "Seed of the random histories"),
            OptionSpec(name: "schedules", value: "N", summary: "At most N random histories"),
            OptionSpec(name: "seconds", value: "TIME", default: "60s", summary: "Stop after this time"),
            OptionSpec(
                name: "without", value: "REDUCTION", isRepeatable: true,
                completion: .values(reductions.map(\.name)), summary: "Disable a reduction"),
            OptionSpec(name: "count", summary: "Also count all histories, without reductions"),
            OptionSpec(
                name: "replay", value: "TOKEN", completion: .file,
                summary: "Replay one history, by its token or from a saved file"),
            OptionSpec(
                name: "save", value: "FILE", completion: .file, summary: "Save the shortest violation as a JSON file"),
            OptionSpec(name: "html", value: "FILE", completion: .file, summary: "Write the result as an HTML page"),
        ]

    static func variant(_ options: ParsedOptions) throws -> Variant {
        let name = options.value("variant") ?? Variant.production.name
        guard let variant = Variant.named(name) else {
            throw ParsedOptions.invalid("--variant", name, oneOf: Variant.all.map(\.name))
        }
        return variant
    }

    static func scenario(_ options: ParsedOptions) throws -> Scenario {
        var scenario = Scenario()
        for count in counts {
            let number = try options.integer(count.option, in: count.least...Scenario.limit)
            count.set(&scenario, number ?? count.byDefault)
        }
        if let cards = options.value("cards") {
            scenario.cards = try cards.split(separator: ",", omittingEmptySubsequences: false).map(card)
        }
        return scenario
    }

    private static func card(_ word: Substring) throws -> String {
        guard let card = Card(rawValue: String(word)) ?? Card(rawValue: "card-\(word)") else {
            throw Problem(
                .invalid, "usage",
                "--cards '\(word)': must be of " + Card.allCases.map(\.word).joined(separator: ", "))
        }
        return card.rawValue
    }

    static func strategy(_ options: ParsedOptions) throws -> Explorer.Strategy {
        let kind: Kind = try options.word("strategy") ?? .exhaustive
        let preemptions = try options.integer("preemptions", in: 0...1_000)
        let depth = try options.integer("depth", in: 1...100)
        let seed = try options.integer("seed", in: 0...Int.max)
        let limit = try options.integer("schedules", in: 1...Int.max)
        if kind == .exhaustive {
            try refuse(options, ["depth", "seed", "schedules"], with: kind)
        } else {
            try refuse(options, ["preemptions"] + (kind == .random ? ["depth"] : []), with: kind)
        }
        return switch kind {
        case .exhaustive: .exhaustive(preemptions: preemptions)
        case .random: .random(seed: UInt64(seed ?? 1), limit: limit)
        case .pct: .priorities(seed: UInt64(seed ?? 1), depth: depth ?? 3, limit: limit)
        }
    }

    /// A token contains the scenario, so options that describe it would conflict.
    static func refuseAllButReplay(_ options: ParsedOptions) throws {
        let others = specs.filter { !["replay", "save", "html"].contains($0.name) }
        for spec in others where spec.isFlag ? options.isSet(spec.name) : options.value(spec.name) != nil {
            throw Problem(.invalid, "usage", "--\(spec.name) cannot be used with --replay")
        }
    }

    private static func refuse(_ options: ParsedOptions, _ names: [String], with kind: Kind) throws {
        for name in names where options.value(name) != nil {
            throw Problem(.invalid, "usage", "--\(name) cannot be used with --strategy \(kind.rawValue)")
        }
    }

    static func reductions(_ options: ParsedOptions) throws -> Reductions {
        var chosen = Reductions.all
        for name in options.values("without") {
            guard let reduction = reductions.first(where: { $0.name == name }) else {
                throw ParsedOptions.invalid("--without", name, oneOf: reductions.map(\.name))
            }
            chosen.remove(reduction.reduction)
        }
        return chosen
    }
}

extension Card {
    /// `"decline-once"`.
    fileprivate var word: String { String(rawValue.dropFirst("card-".count)) }
}
