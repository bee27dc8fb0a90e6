import JSONKit

/// A receipt where it stands in its JSON, with the objects around it.
struct ReceiptEnvelope {
    let receipt: JSONObject
    /// The member that holds the receipt, `receiptCorrection`; nil where it is the whole text.
    let name: String?
    /// What the tax authority's code of this receipt says, be it in the receipt or beside it.
    let code: ScannedCode?
    /// What the tax service was asked for, and what it says was settled: `query` and `operation` beside the receipt.
    let statements: [JSONObject]
    /// Times by the clock on the wall in the receipt or around it, beside its own: `localDateTime`.
    private let localTimes: [JSONValue]

    /// The object with items and a total, or failing that with one of them, that is least deep inside others.
    init(findingReceiptIn json: JSONValue) throws(ReceiptError) {
        let parts = ["items", "totalSum"]
        for isReceipt in [
            { (object: JSONObject) in parts.allSatisfy { object[$0] != nil } },
            { (object: JSONObject) in parts.contains { object[$0] != nil } },
        ] {
            var level = [Place(value: json)]
            while !level.isEmpty {
                let found = level.filter { $0.value.object.map(isReceipt) ?? false }
                guard found.count <= 1 else { throw .manyReceipts(found.count) }
                if let place = found.first, let object = place.value.object {
                    self.init(object, place.name, place.around)
                    return
                }
                level = level.flatMap(\.children)
            }
        }
        throw .notAReceipt
    }

    /// - Parameter around: the objects that the receipt is inside of, the nearest first.
    private init(_ receipt: JSONObject, _ name: String?, _ around: [JSONObject]) {
        (self.receipt, self.name) = (receipt, name)
        statements = ([receipt] + around).flatMap { object in
            ["query", "operation"].compactMap { object[$0]?.object }
        }
        localTimes = ([receipt] + around).compactMap { $0["localDateTime"] }
        let beside = around.flatMap { object in [object] + object.members.compactMap(\.value.object) }
        code = Self.code(of: receipt, in: [receipt] + beside)
    }

    private static func code(of receipt: JSONObject, in objects: [JSONObject]) -> ScannedCode? {
        for object in objects {
            for member in object.members {
                guard case .string(let text) = member.value else { continue }
                if let code = ScannedCode(text), code.fits(receipt) { return code }
            }
        }
        return nil
    }

    /// The receipt's time by the clock on the wall, where something other than its own field says it.
    var time: ReceiptTime? {
        if let code { return code.time }
        for case .string(let text) in statements.compactMap({ $0["date"] }) + localTimes {
            guard let text = text.trimmed, !ReceiptTime.isInUTC(text) else { continue }
            let time = ReceiptTime(iso8601: text) ?? ReceiptTime(basicISO8601: text)
            if let time, time.clock != nil { return time }
        }
        return nil
    }

    private struct Place {
        var value: JSONValue
        var name: String?
        var around: [JSONObject] = []

        var children: [Place] {
            switch value {
            case .array(let elements): return elements.map { Place(value: $0, name: name, around: around) }
            case .object(let object):
                let inside = [object] + around
                return object.members.map { Place(value: $0.value, name: $0.name, around: inside) }
            default: return []
            }
        }
    }
}
