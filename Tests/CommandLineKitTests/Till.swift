import CommandLineKit

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
    globalOptions: [
        OptionSpec(name: "json", short: "j", summary: "Print JSON"),
        OptionSpec(
            name: "ledger", value: "FILE", default: "~/till.db", environment: "TILL_LEDGER", completion: .file,
            summary: "The ledger to use"),
    ],
    commands: [
        CommandSpec(
            path: ["open"], summary: "Open the till for the day",
            options: [
                OptionSpec(name: "float", value: "AMOUNT", isRequired: true, summary: "The cash to begin with"),
                OptionSpec(name: "export", value: "DIR", completion: .directory, summary: "Where to leave the books"),
            ]),
        CommandSpec(
            path: ["sale", "add"], summary: "Ring up a sale",
            discussion: "Items are names of files, one sale each. A `-` is standard input.",
            arguments: [
                ArgumentSpec(name: "CUSTOMER", summary: "Who buys"),
                ArgumentSpec(
                    name: "ITEM", isOptional: true, isRepeatable: true, completion: .file, summary: "What is bought"),
            ],
            options: [
                OptionSpec(name: "amount", short: "a", value: "AMOUNT", summary: "The price, negative for a return"),
                OptionSpec(name: "note", value: "TEXT", isRepeatable: true, summary: "A remark for the ledger"),
                OptionSpec(name: "dry-run", short: "n", summary: "Say what would happen | change nothing"),
            ],
            examples: [
                ExampleSpec(command: "till sale add ann coffee.json", summary: "Sell a coffee to Ann"),
                ExampleSpec(
                    command: "cat cake.json | till sale add bob - --note 'on the house'", summary: "Give Bob a cake"),
            ],
            exitStatuses: [ExitStatusSpec(status: 4, meaning: "The till is closed")]),
        CommandSpec(
            path: ["sale", "list"], summary: "List the sales",
            arguments: [
                ArgumentSpec(
                    name: "ORDER", isOptional: true, completion: .values(["newest", "oldest"]),
                    summary: "Which to list first")
            ],
            options: [
                OptionSpec(
                    name: "state", short: "s", value: "STATE", completion: .values(["paid", "open", "void"]),
                    summary: "Only sales in this state"),
                OptionSpec(name: "limit", value: "N", default: "50", summary: "How many at most"),
            ],
            examples: [ExampleSpec(command: "till sale list --state open", summary: "See who has not paid")]),
        CommandSpec(
            path: ["drawer"], summary: "Watch the drawer until stopped",
            options: [
                OptionSpec(name: "bell", short: "b", summary: "Ring when it opens"),
                OptionSpec(
                    name: "sound", value: "SOUND", completion: .values(["ding", "dong"]), summary: "How it rings"),
            ],
            examples: [ExampleSpec(command: "till drawer --bell", summary: "Hear it open")]),
        CommandSpec(
            path: ["drawer", "coin", "add"], summary: "Put a coin in",
            arguments: [ArgumentSpec(name: "COIN", completion: .values(["one", "two"]), summary: "Which")],
            options: [OptionSpec(name: "sound", value: "SOUND", summary: "How it falls")]),
        CommandSpec(path: ["drawer", "state"], summary: "Count what is in it"),
    ],
    exitStatuses: [
        ExitStatusSpec(status: 0, meaning: "Done"),
        ExitStatusSpec(status: 2, meaning: "The command line was not understood"),
    ],
    environment: [EnvironmentSpec(name: "TILL_LEDGER", summary: "Stands in for --ledger")],
    files: [FileSpec(path: "~/till.db", summary: "The ledger")])
