import Explorer
import JSONKit
import TestSupport
import Testing

/// Command-line errors: exit status 2, and the mistake named.
@Suite struct UsageTests {
    static let pay = ["pay", "o", "--uid", "u", "--method", "m"]

    @Test(arguments: [
        (["pya"], "unknown command 'pya'"), (["order", "lst"], "unknown command 'lst'"),
        (["help", "pya"], "unknown command 'pya'"), (["--jsno"], "unknown option '--jsno'"),
        (pay + ["--bogus"], "unknown option '--bogus'"), (pay + ["-x"], "unknown option '-x'"),
        (["pay", "o", "--uid", "u", "--method"], "option '--method' needs a value: ID"),
        (["pay", "o", "--uid", "--method", "m"], "option '--uid' needs a value: UID"),
        (pay + ["--no-wait=yes"], "'--no-wait'"), (pay + ["--uid", "v"], "'--uid'"),
        (["pay", "o", "--uid", "u"], "--method ID"), (["pay", "o"], "--uid UID"),
        (["pay", "--uid", "u", "--method", "m"], "missing argument ORDER"), (pay + ["p"], "unexpected argument 'p'"),
        (["pay", "o p", "--uid", "u", "--method", "m"], "ORDER 'o p': must be 1 to 64 of"),
        (["pay", "", "--uid", "u", "--method", "m"], "ORDER '': must be 1 to 64 of"),
        (["pay", "o", "--uid", "u v", "--method", "m"], "--uid 'u v': must be 1 to 64 of"),
        (["pay", "o", "--uid", "u", "--method", "a/b"], "--method 'a/b': must be 1 to 64 of"),
        (pay + ["--bill-version", "0"], "--bill-version '0': must be a whole number from 1 to"),
        (pay + ["--bill-version", "x"], "--bill-version 'x'"), (pay + ["--timeout", "soon"], "--timeout 'soon'"),
        (pay + ["--timeout=-1s"], "--timeout '-1s': must be a length of time"),
        (pay + ["--uid=\u{1B}[31m"], "'--uid'"),
        (["pay", "\u{1B}[31m", "--uid", "u", "--method", "m"], #"ORDER '\u{1B}[31m'"#),
    ])
    func `is named`(_ arguments: [String], _ phrase: String) async throws {
        try await Stage.run { stage async throws in
            await stage.qrpay(arguments).failed(2, "usage", phrase)
            // Put first, where an option without a value cannot consume it.
            let json = await stage.qrpay(["--json"] + arguments)
            #expect(json.status == 2 && json.stdout.isEmpty, "\(json)")
            let error = try JSON(json.stderr)["error"]
            #expect(error["code"] == "usage", "\(json)")
        }
    }

    @Test func `near misses are suggested`() async throws {
        try await Stage.run { stage async throws in
            let cases = [
                (["order", "lst"], "did you mean 'qrpay order list'?"),
                (["order", "list", "--stauts", "x"], "did you mean '--status'?"),
                (["refund"], "did you mean 'qrpay order refund'?"), (["order", "lst"], "try 'qrpay order --help'"),
            ]
            for (arguments, hint) in cases {
                let run = await stage.qrpay(arguments)
                #expect(run.stderr.contains("\n  \(hint)\n"), "\(run)")
            }
        }
    }

    @Test(arguments: [
        (["order", "list", "--status", "PAID"], "must be one of PENDING, HOLDING"),
        (["order", "list", "--limit", "0"], "--limit '0': must be a whole number from 1"),
        (["order", "list", "--limit", "1e3"], "--limit '1e3'"),
        (["order", "list", "--since", "soon"], "--since 'soon'"),
        (["order", "list", "--until", "2026-13-01"], "--until"), (["order", "list", "--uid", "a b"], "--uid 'a b'"),
        (["order", "list", "--since", "99999999999d"], "--since"),
        (["task", "list", "--kind", "payments"], "must be one of payment.settle"),
        (["task", "list", "--state", "x"], "must be one of scheduled"),
        (["work", "--concurrency", "0"], "--concurrency '0'"),
        (["work", "--drain", "--horizon", "x"], "--horizon 'x'"),
        (["preorder", "create", "-", "--format", "xml"], "must be one of seed, iikocloud, lines"),
        (["preorder", "create", "-", "--restaurant", "a b"], "--restaurant 'a b'"),
        (["cashback", "audit", "--since", "x"], "--since 'x'"),
        (["cashback", "audit", "--since", "2026-11-20", "--until", "2026-11-01"], "nothing is created at or after"),
        (["order", "list", "--since", "1d", "--until", "1d"], "nothing is created at or after --since"),
        (["task", "list", "--since", "1h", "--age", "2h"], "at or after --since and before --until or --age"),
    ])
    func `values of options`(_ arguments: [String], _ phrase: String) async throws {
        try await Stage.run { stage async throws in await stage.expectFailure(arguments, 2, "usage", phrase) }
    }
}
