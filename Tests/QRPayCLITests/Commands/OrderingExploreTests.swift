import CommandLineKit
import Explorer
import FoundationEssentials
import TestSupport
import Testing

/// Small explorations; the findings are tested with the explorer.
@Suite struct OrderingExploreTests {
    private static let noFaults = ["--duplicates", "0", "--lost-confirms", "0", "--crashes", "0"]
    private static let small = ["ordering", "explore", "--presses", "1"] + noFaults
    private static let broken = ["ordering", "explore", "--variant", "ack-first", "--presses", "1"]

    @Test(arguments: ["http", "events", "collaboration", "hybrid"])
    func `a style that holds`(_ style: String) async throws {
        try await Stage.run { stage async throws in
            let run = try await stage.qrpay(Self.small + ["--style", style, "--json"]).succeeded()
            let json = try run.json()
            #expect(json["variant"] == "production" && json["users"] == 1 && json["style"].text == style, "\(run)")
            #expect(json["verdict"] == "complete" && json["scenario"]["under"] == "basket", "\(run)")
            #expect(json["violations"].elements.isEmpty && json["invariants"].elements.count == 11, "\(run)")
            for name in ["schedules", "pruned", "final_states", "seconds", "steps", "deepest"] {
                #expect(json[name].number != nil, "\(name)\n\(run)")
            }
        }
    }

    @Test func `a result in words`() async throws {
        try await Stage.run { stage async throws in
            let run = try await stage.qrpay(Self.small + ["--count"]).succeeded()
            #expect(run.stdout.contains("hybrid: 1 user, ordering up to once, the same basket"), "\(run)")
            #expect(run.stdout.contains("holds: no history violates any of 11 invariants\ncomplete:"), "\(run)")
            #expect(run.stdout.contains("without any reduction there are "), "\(run)")
        }
    }

    @Test func `a violation and its token`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay(Self.broken + ["--json"])
            #expect(run.status == 1, "\(run)")
            let violations = try run.json()["violations"].elements
            #expect(!violations.isEmpty, "\(run)")
            for violation in violations {
                let token = try #require(violation["token"].text)
                let again = await stage.qrpay(["ordering", "explore", "--replay", token, "--json"])
                #expect(again.status == 1, "\(again)")
                let replayed = try again.json()
                #expect(replayed["verdict"] == "replayed", "\(again)")
                #expect(replayed["violations"][0]["steps"] == violation["steps"], "\(again)")
            }
            let plain = await stage.qrpay(Self.broken)
            #expect(plain.status == 1, "\(plain)")
            for part in [
                "nothing_forgotten can be violated, in 7 steps", "rule: «", "guest-1", "crashes",
                "qrpay ordering explore --replay",
            ] {
                #expect(plain.stdout.contains(part), "\(part)\n\(plain)")
            }
        }
    }

    @Test func `HTML and history files are written and replayed`() async throws {
        try await Stage.run { stage async throws in
            let (page, history) = (try stage.file("page.html", ""), try stage.file("history.json", ""))
            let run = await stage.qrpay(Self.broken + ["--html", page, "--save", history])
            #expect(run.status == 1, "\(run)")
            let html = try String(contentsOfFile: page, encoding: .utf8)
            #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("nothing_forgotten can be violated"))
            #expect(html.contains("<blockquote lang=\"en\">"))
            let again = await stage.qrpay("ordering", "explore", "--replay", history)
            #expect(again.status == 1, "\(again)")
            let text = try String(contentsOfFile: history, encoding: .utf8)
            let changed = try stage.file("changed.json", text.replacing("guest-1: orders", with: "guest-1: whistles"))
            await stage.qrpay("ordering", "explore", "--replay", changed).failed(2, "stale_token", "step 1")
            // A token of the payments is none of the ordering services, and vice versa.
            await stage.qrpay("explore", "--replay", history).failed(2, "bad_token", "not a saved history")
        }
    }

    @Test func `an incomplete search says so and is not a failure`() async throws {
        try await Stage.run { stage async throws in
            let run = try await stage.qrpay(
                "ordering", "explore", "--strategy", "random", "--schedules", "3", "--json"
            ).succeeded()
            let json = try run.json()
            #expect(json["verdict"] == "incomplete" && json["schedules"] == 3, "\(run)")
            let bounded = try await stage.qrpay(Self.small + ["--preemptions", "0"]).succeeded()
            #expect(bounded.stdout.contains("incomplete: at most 0 preemptions, explored "), "\(bounded)")
        }
    }

    @Test(
        arguments: [
            (["--variant", "seed-005"], "usage", "must be one of production, seed-003"),
            (["--style", "smoke"], "usage", "--style 'smoke'"),
            (["--variant", "http-naive", "--style", "events"], "usage", "has the style http, not events"),
            (["--variant", "ack-first", "--style", "http"], "usage", "events or collaboration or hybrid, not http"),
            (["--under", "pressure"], "usage", "--under 'pressure'"), (["--only", "joy"], "usage", "--only 'joy'"),
            (["--users", "0"], "usage", "--users '0'"), (["--crashes", "many"], "usage", "--crashes 'many'"),
            (["--balance", "10"], "usage", "--balance '10'"), (["--strategy", "luck"], "usage", "--strategy 'luck'"),
            (["--seed", "1"], "usage", "--seed cannot be used with --strategy exhaustive"),
            (["--without", "thinking"], "usage", "--without 'thinking'"),
            (["--replay", "qo1-AQ8"], "bad_token", "truncated"),
            (["--replay", "qo1-AQ8", "--style", "http"], "usage", "--style cannot be used with --replay"),
            (["--replay", "/no/such.json"], "file_not_found", "/no/such.json"),
        ] as [([String], String, String)])
    func `invalid options are refused`(_ arguments: [String], _ code: String, _ phrase: String) async throws {
        try await Stage.run { stage async throws in
            for form in [[], ["--json"]] {
                let run = await stage.qrpay(["ordering", "explore"] + arguments + form)
                if code == "file_not_found" {
                    #expect(run.status != 0 && run.stderr.contains(phrase), "\(run)")
                } else {
                    run.failed(2, code, phrase)
                }
            }
        }
    }
}
