import CommandLineKit
import EncodingKit
import JSONKit
import PaymentCore
import Payments
import QueueKit

/// The option --repair: stages tasks that repair the findings, or shows them.
enum AuditRepair {
    static let repair = Option(
        flag: "repair", summary: "Show the tasks that would repair the findings; --yes stages them")
    static let confirmation = BulkChange.Confirmation(
        "stage what --repair shows", reason: "The reason for accepting or repairing, recorded with it")

    static let all: [any CommandOption] = [repair] + confirmation.options

    static let rules: [OptionRule] = [
        .onlyWith([repair], [confirmation.yes, confirmation.expect]),
        .onlyWith([AuditAcceptance.accept, AuditAcceptance.acceptAll, repair], [confirmation.reason]),
    ]

    /// - Parameter accepted: the accepted findings, by order.
    static func run(
        _ findings: [CashbackAudit.Finding], accepted: [String: String], _ services: Services, _ options: ParsedOptions,
        _ context: Context
    ) async throws {
        let result = try await CashbackRepairing(services).repair(
            findings, accepted: accepted, isDryRun: !options[confirmation.yes], expected: options[confirmation.expect],
            reason: options[confirmation.reason], actor: context.actor)
        if !result.isDryRun, !result.staged.isEmpty {
            context.did(
                "\(result.staged.count.counted("repair")) staged", look: "qrpay task list --kind cashback.accrue")
        }
        let change = BulkChange(
            isDryRun: result.isDryRun, batch: nil, digest: result.digest,
            count: result.staged.reduce(0) { $0 + $1.findingIDs.count }, matched: result.matched)
        let rows = result.staged.map(RepairOutput.init)
        if options.isJSON {
            var json = change.json
            json["staged"] = result.isDryRun ? 0 : result.staged.count
            json["task_ids"] = result.taskIDs.map { String($0) }
            json["repairs"] = rows.map(\.json)
            json["skipped"] = result.skipped.map {
                ["order_id": $0.orderID, "findings": $0.findingIDs, "why": $0.why] as JSONObject
            }
            json["findings"] = findings.map { FindingOutput(finding: $0).json }
            return try context.output.write(try JSONText.render(json))
        }
        try context.show(rows, asJSON: false, ifEmpty: "nothing to repair")
        for skipped in result.skipped {
            for id in skipped.findingIDs {
                try context.note("\(id): nothing staged: \(skipped.why)")
            }
        }
        try change.tell(BulkChange.Words(verb: "repair", past: "staged repairs for", thing: "finding"), context)
        if !result.taskIDs.isEmpty {
            let ids =
                result.taskIDs.prefix(5).map { "\($0)" }.joined(separator: " ") + (result.taskIDs.count > 5 ? " …" : "")
            try context.note("until a worker starts on them, 'qrpay task cancel \(ids)' cancels them")
        }
    }
}

/// The repair of one order: which task posts which entries.
private struct RepairOutput: Listed {
    var staged: CashbackRepairResult.Staged

    private var repair: CashbackRepair { staged.repair }

    private var taskID: String? {
        switch staged.carrier {
        case .newTask: nil
        case .requeued(let task): String(task.taskID)
        }
    }

    private var carrier: String {
        switch staged.carrier {
        case .newTask: "new"
        case .requeued: "requeued"
        }
    }

    var json: JSONObject {
        [
            "order_id": repair.order.orderID, "kind": TaskKind.cashbackAccrue.rawValue, "task": carrier,
            "task_id": taskID, "findings": staged.findingIDs,
            "entries": repair.entries.map { entry -> JSONObject in
                [
                    "key": entry.key, "kind": entry.kind.rawValue, "uid": entry.uid, "amount": entry.amount.decimal,
                    "currency": entry.amount.currency.code,
                ]
            },
        ]
    }

    static let columns = [
        TextTable.Column("TASK"), TextTable.Column("ORDER", isShrinkable: false), TextTable.Column("POSTS"),
        TextTable.Column("MENDS"),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell([carrier, taskID].compactMap(\.self).joined(separator: " ")),
            TextTable.Cell(repair.order.orderID),
            TextTable.Cell(
                repair.entries.map { entry in
                    let guest = "\(entry.kind == .accrual ? "to" : "from") \(entry.uid)"
                    return "\(entry.kind.rawValue) of \(entry.amount) \(guest) under \(entry.key)"
                }.joined(separator: ", ")),
            TextTable.Cell(staged.findingIDs.joined(separator: " ")),
        ]
    }
}
