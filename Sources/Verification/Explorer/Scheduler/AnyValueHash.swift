import EncodingKit

extension StableHash {
    /// Any value by its content: structures, tuples and collections part by part, everything else by its description.
    mutating func combine(anyOf value: Any) {
        if let bytes = value as? [UInt8] { return combine(bytes) }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .dictionary?, .set?:
            // Their order varies between runs.
            combine(
                mirror.children.reduce(0 as UInt64) { sum, child in
                    var part = StableHash()
                    part.combine(anyOf: child.value)
                    return sum &+ part.value
                })
        case _ where mirror.children.isEmpty:
            combine("\(value)")
        default:
            for child in mirror.children {
                combine(child.label ?? "")
                combine(anyOf: child.value)
            }
        }
    }
}
