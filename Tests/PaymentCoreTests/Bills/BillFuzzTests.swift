import EncodingKit
import PaymentCore
import Testing

/// Damaged bills are read or refused, and a bill that was read satisfies its rules.
@Suite struct BillFuzzTests {
    static let examples = ["cafe.seed.json", "bar.lines.csv", "restaurant.iikocloud.json"]

    /// Reads the bytes in every way; a trap here would end the test run.
    private func read(_ bytes: some Sequence<UInt8>) {
        do throws(BillError) {
            let (bill, _, _) = try BillReader.read(
                Array(bytes), format: nil, restaurant: nil, billID: nil, currency: nil, isStrict: false)
            check(bill)
        } catch {
            if error.reason == .restaurantNotGiven { readLines(Array(bytes)) }
            #expect(!error.message.isEmpty)
        }
    }

    private func readLines(_ bytes: [UInt8]) {
        let read = try? BillReader.read(
            bytes, format: .lines, restaurant: "r", billID: "b", currency: nil, isStrict: true)
        if let read { check(read.bill) }
    }

    private func check(_ bill: Bill) {
        #expect(Identifier.isValid(bill.clientID) && Identifier.isValid(bill.internalOrderID))
        #expect(bill.amount.minorUnits > 0 || (bill.amount.isZero && bill.prepaid.minorUnits > 0))
        #expect(!bill.prepaid.isNegative)
        #expect((1...Bill.maximumLines).contains(bill.lines.count))
        let isSound = bill.lines.allSatisfy {
            $0.amount.currency == bill.amount.currency && ($0.quantity?.millionths ?? 1) > 0
                && (1...BillLine.maximumNameLength).contains($0.name.unicodeScalars.count)
        }
        #expect(isSound)
    }

    @Test(arguments: examples) func `truncated bills are read or refused`(name: String) throws {
        let bytes = try exampleBill(name)
        // The large example repeats itself: every byte of the first kilobytes and of the end, and some in between.
        let step = { (length: Int) in length < 2_000 || length > bytes.count - 300 ? 1 : 67 }
        var length = 0
        while length < bytes.count {
            read(bytes.prefix(length))
            length += step(length)
        }
    }

    @Test(arguments: examples) func `corrupted bills are read or refused`(name: String) throws {
        let bytes = try exampleBill(name)
        var random = SplitMix64(state: 20_260_131)
        for _ in 0..<600 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: damaged.indices, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: damaged[index] = Array("{}[]\",:\\-.0e9\n".utf8).randomElement(using: &random) ?? 0
                case 2: damaged.remove(at: index)
                case 3: damaged.insert(UInt8.random(in: .min ... .max, using: &random), at: index)
                default:
                    let end = min(index + Int.random(in: 1..<64, using: &random), damaged.count)
                    damaged.insert(
                        contentsOf: damaged[index..<end], at: Int.random(in: damaged.indices, using: &random))
                }
            }
            read(damaged)
        }
    }
}
