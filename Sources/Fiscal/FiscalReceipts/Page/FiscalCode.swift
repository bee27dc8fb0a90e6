/// The text of the tax authority's QR code on a receipt.
package enum FiscalCode {
    /// `t=20240917T1801&s=1285.21&fn=7281440500751551&i=30526&fp=1168453787&n=1`.
    ///
    /// Seconds are included if the receipt has them. Nil if the receipt lacks one of the six values or a number is
    /// malformed, because the authority could not find the receipt.
    package static func text(of receipt: Receipt) -> String? {
        let register = receipt.register
        guard let time = receipt.time, let clock = time.clock, let total = receipt.total, total >= 0,
            let operation = receipt.operation, let storage = digits(register.storageNumber),
            let document = digits(register.documentNumber), let sign = digits(register.sign)
        else { return nil }
        let seconds = clock.second == 0 ? "" : clock.second.twoDigits
        let date = "\(time.year)\(time.month.twoDigits)\(time.day.twoDigits)"
        return "t=\(date)T\(clock.hour.twoDigits)\(clock.minute.twoDigits)\(seconds)&s=\(total.roubles)&fn=\(storage)"
            + "&i=\(document)&fp=\(sign)&n=\(operation.rawValue)"
    }

    private static func digits(_ text: String?) -> String? {
        guard let text, (1...20).contains(text.utf8.count),
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return text
    }
}
