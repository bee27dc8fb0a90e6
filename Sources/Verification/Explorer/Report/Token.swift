import FoundationEssentials
import PaymentCore
import PaymentSandbox

/// A history as one line of text: the scenario, the choices, and a checksum of the resulting history.
///
/// Choices are indices into the list of possible steps, which is the same on every machine.
package struct Token: Hashable, Sendable {
    package var variant: String
    package var scenario: Scenario
    var reductions: Reductions
    var choices: [Int]
    /// Of the described history; a different value means that the code has changed.
    var checksum: UInt32

    private static let prefix = "qx1-"

    package var text: String {
        var bytes = [UInt8(Variant.all.firstIndex { $0.name == variant } ?? 0xff), reductions.rawValue]
        let cards = scenario.cards.map { card in Card.allCases.firstIndex { $0.rawValue == card } ?? 0 }
        for number in scenario.numbers + [cards.count] + cards + [choices.count] + choices {
            bytes += Self.varint(number)
        }
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: checksum >> UInt32(shift))) }
        let base64 = Data(bytes).base64EncodedString()
        return Self.prefix + base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// - Throws: ``ReplayError/notAToken(_:)``.
    package init(text: String) throws(ReplayError) {
        guard text.hasPrefix(Self.prefix) else { throw .notAToken("does not start with \(Self.prefix)") }
        var base64 = text.dropFirst(Self.prefix.count).replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let data = Data(base64Encoded: String(base64)) else { throw .notAToken("invalid characters") }
        var reader = Reader(bytes: Array(data)[...])
        let variant = try reader.byte()
        guard Variant.all.indices.contains(Int(variant)) else { throw .notAToken("unknown variant") }
        self.variant = Variant.all[Int(variant)].name
        reductions = Reductions(rawValue: try reader.byte())
        var scenario = Scenario()
        scenario.numbers = try reader.numbers(scenario.numbers.count)
        scenario.cards = []
        for card in try reader.list() {
            guard Card.allCases.indices.contains(card) else { throw .notAToken("unknown card") }
            scenario.cards.append(Card.allCases[card].rawValue)
        }
        guard scenario.isValid else { throw .notAToken("invalid numbers in its scenario") }
        self.scenario = scenario
        choices = try reader.list()
        var checksum: UInt32 = 0
        for _ in 0..<4 { checksum = checksum << 8 | UInt32(try reader.byte()) }
        self.checksum = checksum
        guard reader.bytes.isEmpty else { throw .notAToken("too long") }
    }

    init(variant: String, scenario: Scenario, reductions: Reductions, choices: [Int], checksum: UInt32) {
        self.variant = variant
        self.scenario = scenario
        self.reductions = reductions
        self.choices = choices
        self.checksum = checksum
    }

    private static func varint(_ number: Int) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), UInt64(max(number, 0)))
        repeat {
            bytes.append(UInt8(rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func byte() throws(ReplayError) -> UInt8 {
            guard let byte = bytes.popFirst() else { throw .notAToken("truncated") }
            return byte
        }

        mutating func number() throws(ReplayError) -> Int {
            var (number, shift) = (0, 0)
            while true {
                let byte = try byte()
                guard shift < 28 else { throw .notAToken("a number is too large") }
                number |= Int(byte & 0x7f) << shift
                if byte < 0x80 { return number }
                shift += 7
            }
        }

        mutating func numbers(_ count: Int) throws(ReplayError) -> [Int] {
            var numbers: [Int] = []
            for _ in 0..<count { numbers.append(try number()) }
            return numbers
        }

        mutating func list() throws(ReplayError) -> [Int] {
            let count = try number()
            guard count <= bytes.count else { throw .notAToken("truncated") }
            return try numbers(count)
        }
    }
}

/// Why a history cannot be replayed.
package enum ReplayError: Error, Hashable, Sendable {
    case notAToken(String)
    /// Step `number`, counted from 1, is no longer possible or has a different effect.
    case changed(number: Int, was: String?, now: String?)
    /// Every step is possible, but the history differs.
    case changedSomewhere
}
