import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import PaymentSandbox
import Payments

enum SandboxFaultAdd {
    static let command = Command(
        CommandSpec(
            path: ["sandbox", "fault", "add"], summary: "Make a partner of the running sandbox misbehave",
            discussion: """
                The kinds, and whether the request still takes effect:

                    latency              yes   the answer comes later
                    status               no    an error status is answered
                    reset                no    the connection is closed
                    garbage              no    200 and bytes that mean nothing
                    truncated            yes   the answer breaks off in its middle
                    effect-then-timeout  yes   silence, then the connection is closed
                    effect-then-reset    yes   the connection is closed
                """,
            options: FaultOptions.all, rules: FaultOptions.rules, check: { _ = try FaultOptions.rule($0) },
            examples: [
                ExampleSpec(
                    command: "qrpay sandbox fault add --partner transactions --kind effect-then-reset --first 2",
                    summary: "Lose the next two answers of transactions; the requests take effect"),
                ExampleSpec(
                    command: "qrpay sandbox fault add --partner eda --kind status --probability 0.1 --seed 7",
                    summary: "Fail a tenth of the requests to Eda, the same ones in every run"),
                ExampleSpec(
                    command: "qrpay sandbox fault add --partner check --kind latency --latency 500ms",
                    summary: "Slow down rendering"),
            ])
    ) { options, context in
        let rule = try FaultOptions.rule(options)
        let entry = try await SandboxAccess.run(options, context) { try await $0.add(rule) }
        context.did("fault \(entry.id) is in force", look: "qrpay sandbox fault list")
        try context.show(FaultOutput(entry: entry), asJSON: options.isJSON)
        return .done
    }
}

enum SandboxFaultList {
    static let command = Command(
        CommandSpec(
            path: ["sandbox", "fault", "list"], summary: "List the active faults, and how often each was hit",
            examples: [ExampleSpec(command: "qrpay sandbox fault list", summary: "List the active faults")])
    ) { options, context in
        let entries = try await SandboxAccess.run(options, context) { try await $0.faults() }
        try context.show(entries.map(FaultOutput.init), asJSON: options.isJSON, ifEmpty: "no faults")
        return .done
    }
}

enum SandboxFaultClear {
    private static let id = Argument(optional: "ID", number, summary: "The fault's number")

    static let command = Command(
        CommandSpec(
            path: ["sandbox", "fault", "clear"], summary: "Clear all faults, or one",
            arguments: [id],
            examples: [
                ExampleSpec(command: "qrpay sandbox fault clear", summary: "Clear all faults"),
                ExampleSpec(command: "qrpay sandbox fault clear 2", summary: "Clear one fault"),
            ])
    ) { options, context in
        let cleared = try await SandboxAccess.run(options, context) { control in
            if let id = options[id] {
                try await control.removeFault(id: id)
                return [id]
            }
            let ids = try await control.faults().map(\.id)
            try await control.removeAllFaults()
            return ids
        }
        context.did("\(cleared.count.counted("fault")) ended", look: "qrpay sandbox fault list")
        try context.show(Cleared(ids: cleared), asJSON: options.isJSON)
        return .done
    }

    private static let number = ValueParser<Int> { text in
        guard let number = Int(text), number > 0 else {
            throw InvalidValue("must be a fault's number", hint: "qrpay sandbox fault list")
        }
        return number
    }

    private struct Cleared: Detailed {
        var ids: [Int]

        var json: JSONObject { ["cleared": ids] }
        var details: [(label: String, value: String?)] {
            [("cleared", ids.isEmpty ? "none" : ids.map(String.init).joined(separator: " "))]
        }
    }
}
