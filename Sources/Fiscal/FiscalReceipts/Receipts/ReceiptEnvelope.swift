import JSONKit

/// A receipt with its context: the objects around it in the JSON.
struct ReceiptEnvelope {
    let receipt: JSONObject
    /// The member that contains the receipt, `receiptCorrection`; nil if it is the whole text.
    let name: String?
    /// The tax authority's QR code of this receipt, in the receipt or beside it.
    let code: ScannedCode?
    /// The tax service's data beside the receipt: its `query` and `operation`.
    let statements: [JSONObject]
    /// Times by the clock on the wall in the receipt or around it, beside its own: `localDateTime`.
    private let localTimes: [JSONValue]

    /// Finds the outermost object with items and a total, or otherwise with one of them.
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

    /// - Parameter around: the objects that contain the receipt, innermost first.
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
