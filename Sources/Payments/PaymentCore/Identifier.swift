/// The rule for every identifier from outside: 1 to 64 of `A-Z a-z 0-9 . _ -`.
///
/// A colon can therefore join two of them without ambiguity, and none can escape a directory by itself (`.` and `..`
/// are refused).
package enum Identifier {
    package static let maximumLength = 64

    package static func isValid(_ text: String) -> Bool {
        guard (1...maximumLength).contains(text.utf8.count), text != ".", text != ".." else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
