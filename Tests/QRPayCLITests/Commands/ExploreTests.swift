import CommandLineKit
import Explorer
import FoundationEssentials
import TestSupport
import Testing

/// Small explorations; the findings are tested with the explorer.
@Suite struct ExploreTests {
    private static let noFaults = ["--lost-answers", "0", "--duplicates", "0", "--crashes", "0"]
    private static let small = ["explore", "--users", "1", "--presses", "1", "--cards", "approve"] + noFaults
    private static let broken = ["explore", "--variant", "seed-v3"] + noFaults
    private static let saved = Repository.file("Examples/histories/late-report.json")

    @Test func `a variant that holds`() async throws {
        try await Stage.run { stage async throws in
            let run = try await stage.qrpay(Self.small + ["--json"]).succeeded()
            let json = try run.json()
            #expect(json["variant"] == "production" && json["users"] == 1 && json["verdict"] == "complete", "\(run)")
            #expect(json["violations"].elements.isEmpty, "\(run)")
            for name in ["schedules", "pruned", "final_states", "seconds", "steps", "deepest"] {
                #expect(json[name].number != nil, "\(name)\n\(run)")
            }
            let plain = try await stage.qrpay(Self.small + ["--count"]).succeeded()
            #expect(plain.stdout.contains("holds: no history violates any of 16 invariants\ncomplete:"), "\(plain)")
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
                let again = await stage.qrpay(["explore", "--replay", token, "--json"])
                #expect(again.status == 1, "\(again)")
                let replayed = try again.json()
                #expect(replayed["verdict"] == "replayed", "\(again)")
                #expect(replayed["violations"][0]["steps"] == violation["steps"], "\(again)")
            }
            let plain = await stage.qrpay(Self.broken)
            #expect(plain.status == 1, "\(plain)")
            for part in [
                "hold_has_owner can be violated, in 8 steps", "rule: «", "guest-1", "qrpay explore --replay",
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
            #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("hold_has_owner can be violated"))
            let again = await stage.qrpay("explore", "--replay", history)
            #expect(again.status == 1, "\(again)")
            let text = try String(contentsOfFile: history, encoding: .utf8)
            let changed = try stage.file("changed.json", text.replacing("presses pay", with: "whistles"))
            await stage.qrpay("explore", "--replay", changed).failed(2, "stale_token", "step 1")
        }
    }

    /// A saved bug of a rejected design.
    @Test func `the saved history still fits`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay("explore", "--replay", Self.saved)
            #expect(run.status == 1 && run.stdout.contains("hold_has_owner"), "\(run)")
            // The production variant holds in the same history.
            try await stage.qrpay("simulate", Self.saved).succeeded()
        }
    }

    @Test func `an incomplete search says so and is not a failure`() async throws {
        try await Stage.run { stage async throws in
            let run = try await stage.qrpay("explore", "--strategy", "random", "--schedules", "3", "--json").succeeded()
            let json = try run.json()
            #expect(json["verdict"] == "incomplete" && json["schedules"] == 3, "\(run)")
            let bounded = try await stage.qrpay(Self.small + ["--preemptions", "0"]).succeeded()
            #expect(bounded.stdout.contains("incomplete: at most 0 preemptions, explored "), "\(bounded)")
        }
    }

    @Test(
        arguments: [
            (["--variant", "seed-v9"], "usage", "must be one of production, seed-v1"),
            (["--users", "0"], "usage", "--users '0'"), (["--crashes", "many"], "usage", "--crashes 'many'"),
            (["--cards", "gold"], "usage", "--cards 'gold'"), (["--cards", "approve,"], "usage", "--cards ''"),
            (["--strategy", "luck"], "usage", "--strategy 'luck'"),
            (["--seed", "1"], "usage", "--seed cannot be used with --strategy exhaustive"),
            (["--strategy", "pct", "--preemptions", "1"], "usage", "--preemptions cannot be used"),
            (["--without", "thinking"], "usage", "--without 'thinking'"),
            (["--seconds", "soon"], "usage", "--seconds"),
            (["--replay", "qx1-AQ8"], "bad_token", "truncated"),
            (["--replay", "qx1-AQ8", "--users", "2"], "usage", "--users cannot be used with --replay"),
            (["--replay", "/no/such.json"], "file_not_found", "/no/such.json"),
        ] as [([String], String, String)])
    func `invalid explore options are refused`(_ arguments: [String], _ code: String, _ phrase: String) async throws {
        try await Stage.run { stage async throws in
            for form in [[], ["--json"]] {
                let run = await stage.qrpay(["explore"] + arguments + form)
                if code == "file_not_found" {
                    #expect(run.status != 0 && run.stderr.contains(phrase), "\(run)")
                } else {
                    run.failed(2, code, phrase)
                }
            }
        }
    }
}
