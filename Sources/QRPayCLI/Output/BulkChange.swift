import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments

/// A change of many things at once: shown first, done with --yes, and with --expect only if it is what was shown.
struct BulkChange {
    /// How it is spoken of.
    struct Words {
        /// `push`
        var verb: String
        /// `pushed`
        var past: String
        var thing = "task"
    }

    /// - Parameter what: what --yes does, `push what the filters match`.
    static func options(_ what: String, reason: String = "Why, kept with the task") -> [OptionSpec] {
        [
            OptionSpec(name: "reason", value: "TEXT", summary: reason),
            OptionSpec(name: "yes", summary: "Really \(what)"),
            OptionSpec(
                name: "expect", value: "DIGEST", summary: "With --yes, only if it is what was shown with that digest"),
        ]
    }

    static let scopeStatus = ExitStatusSpec(status: 4, meaning: "What would be changed is not what was expected")

    var isDryRun: Bool
    /// What `task requeue --undo` takes; nil where it takes nothing back.
    var batch: String?
    var digest: String
    /// How many are changed, of how many that were meant.
    var count: Int
    var matched: Int

    /// Tells what was done, or how to do it.
    func tell(_ words: Words, _ context: Context) throws {
        let counts = "\(count) of \(matched.counted(words.thing))"
        if !isDryRun {
            let named = count == 0 ? "" : batch.map { ", batch \($0)" } ?? ""
            try context.note("\(words.past) \(counts)\(named)")
        } else {
            try context.note("would \(words.verb) \(counts); --yes does it")
            if count > 0 { try context.note("--yes --expect \(digest) does it to exactly these") }
        }
    }

    /// The fields that every such change has; what was changed and what was not are the caller's.
    var json: JSONObject {
        [
            "batch": isDryRun || count == 0 ? nil : batch, "dry_run": isDryRun, "matched": matched, "digest": digest,
        ]
    }
}
