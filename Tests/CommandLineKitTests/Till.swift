import CommandLineKit
import WorldKit

/// The command table of a sample program that uses every feature of a table.
let till = CommandTable(
    name: "till", summary: "Keep the tills of a small shop", version: "1.2.3",
    discussion: """
        Every sale is written to a ledger. Nothing is ever removed from it: a mistake is
        voided.

        A ledger line looks like this:

            2025-11-20 12:00  coffee  \\o/  3.50

        'Dry runs' are the default where much could go wrong.
        """,
    groups: [
        GroupSpec(name: "sale", summary: "Ring up and look back"),
        GroupSpec(name: "drawer coin", summary: "Put coins in and out"),
    ],
    globalOptions: [TillOptions.json, TillOptions.ledger],
    commands: [
        CommandSpec(
            path: ["open"], summary: "Open the till for the day", options: [TillOptions.float, TillOptions.export]),
        CommandSpec(
            path: ["sale", "add"], summary: "Ring up a sale",
            discussion: "Items are names of files, one sale each. A `-` is standard input.",
            arguments: [TillOptions.customer, TillOptions.item],
            options: [TillOptions.amount, TillOptions.note, TillOptions.dryRun],
            examples: [
                ExampleSpec(command: "till sale add ann coffee.json", summary: "Sell a coffee to Ann"),
                ExampleSpec(
                    command: "cat cake.json | till sale add bob - --note 'on the house'", summary: "Give Bob a cake"),
            ],
            exitStatuses: [ExitStatusSpec(status: 4, meaning: "The till is closed")]),
        CommandSpec(
            path: ["sale", "list"], summary: "List the sales", arguments: [TillOptions.order],
            options: [TillOptions.state, TillOptions.limit],
            examples: [ExampleSpec(command: "till sale list --state open", summary: "See who has not paid")]),
        CommandSpec(
            path: ["drawer"], summary: "Watch the drawer until stopped",
            options: [TillOptions.bell, TillOptions.sound],
            examples: [ExampleSpec(command: "till drawer --bell", summary: "Hear it open")]),
        CommandSpec(
            path: ["drawer", "coin", "add"], summary: "Put a coin in", arguments: [TillOptions.coin],
            options: [TillOptions.fall]),
        CommandSpec(path: ["drawer", "state"], summary: "Count what is in it"),
    ],
    exitStatuses: [
        ExitStatusSpec(status: 0, meaning: "Done"),
        ExitStatusSpec(status: 2, meaning: "The command line was not understood"),
    ],
    environment: [EnvironmentSpec(name: "TILL_LEDGER", summary: "Stands in for --ledger")],
    files: [FileSpec(path: "~/till.db", summary: "The ledger")])

/// The options and arguments of the sample program.
enum TillOptions {
    static let json = Option(flag: "json", short: "j", summary: "Print JSON")
    static let ledger = Option(
        "ledger", "FILE", .file, shownDefault: "~/till.db", environment: "TILL_LEDGER", summary: "The ledger to use")
    static let float = Option(required: "float", "AMOUNT", .text, summary: "The cash to begin with")
    static let export = Option("export", "DIR", .directory, summary: "Where to leave the books")
    static let customer = Argument("CUSTOMER", .text, summary: "Who buys")
    static let item = Argument(repeated: "ITEM", .file, isOptional: true, summary: "What is bought")
    static let amount = Option("amount", short: "a", "AMOUNT", .text, summary: "The price, negative for a return")
    static let note = Option(repeated: "note", "TEXT", .text, summary: "A remark for the ledger")
    static let dryRun = Option(flag: "dry-run", short: "n", summary: "Say what would happen | change nothing")
    static let order = Argument(
        optional: "ORDER", .words([("newest", true), ("oldest", false)]), summary: "Which to list first")
    /// Any text, unlike a word: other tests are about its spelling.
    static let state = Option(
        "state", short: "s", "STATE", ValueParser(completion: .values(["paid", "open", "void"])) { $0 },
        summary: "Only sales in this state")
    static let limit = Option("limit", "N", .integer(in: 1...500), default: "50", summary: "How many at most")
    static let bell = Option(flag: "bell", short: "b", summary: "Ring when it opens")
    static let sound = Option(
        "sound", "SOUND", ValueParser(completion: .values(["ding", "dong"])) { $0 }, summary: "How it rings")
    static let coin = Argument("COIN", .words([("one", 1), ("two", 2)]), summary: "Which")
    static let fall = Option("sound", "SOUND", .text, summary: "How it falls")
}

/// 2025-11-20T12:00:00Z.
let noon = TimeReference(now: Instant(microseconds: 1_763_640_000_000_000), zone: .utc)
