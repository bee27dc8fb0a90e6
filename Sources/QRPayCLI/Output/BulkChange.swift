import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments

/// A bulk change: shown first, done with --yes, and with --expect only if it equals what was shown.
struct BulkChange {
    /// The words for it in messages.
    struct Words {
        /// `requeue`
        var verb: String
        /// `requeued`
        var past: String
        var thing = "task"
    }

    /// The options that confirm it.
    struct Confirmation: Sendable {
        let reason: Option<String>
        let yes: Option<Bool>
        let expect: Option<String?>

        var options: [any CommandOption] { [reason, yes, expect] }

        /// - Parameter what: what --yes does, `requeue the matching tasks`.
        init(_ what: String, reason summary: String = "The reason, kept with the task") {
            reason = Option("reason", "TEXT", .text, default: "", summary: summary)
            yes = Option(flag: "yes", summary: "\(what.prefix(1).uppercased())\(what.dropFirst())")
            expect = Option(
                "expect", "DIGEST", .text, summary: "With --yes, only if the matches still have this digest")
        }
    }

    static let scopeStatus = ExitStatusSpec(status: 4, meaning: "The matches differ from --expect")

    var isDryRun: Bool
    /// The argument of `task requeue --undo`; nil if there is nothing to undo.
    var batch: String?
    var digest: String
    /// The number changed, of the number matched.
    var count: Int
    var matched: Int

    /// Prints what was done, or how to do it.
    func tell(_ words: Words, _ context: Context) throws {
        guard matched > 0 else { return try context.note("no \(words.thing) matches") }
        let counts = "\(count) of \(matched.counted(words.thing))"
        if !isDryRun {
            let named = count == 0 ? "" : batch.map { ", batch \($0)" } ?? ""
            try context.note("\(words.past) \(counts)\(named)")
        } else {
            let todo = count == 0 ? "" : "; use --yes to do so, or --yes --expect \(digest) for exactly these"
            try context.note("would \(words.verb) \(counts)\(todo)")
        }
    }

    /// The fields common to all bulk changes.
    var json: JSONObject {
        [
            "batch": isDryRun || count == 0 ? nil : batch, "dry_run": isDryRun, "matched": matched, "digest": digest,
        ]
    }
}
