/// The local time of a receipt, without a time zone (tag 1012).
package struct ReceiptTime: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    /// Nil if only the date is known.
    package var clock: Clock?

    package struct Clock: Hashable, Sendable {
        package var hour: Int
        package var minute: Int
        package var second: Int

        package init(hour: Int, minute: Int, second: Int) {
            self.hour = hour
            self.minute = minute
            self.second = second
        }
    }

    /// Nil for a nonexistent day or time, and outside the years 1970 to 9999.
    package init?(year: Int, month: Int, day: Int, clock: Clock? = nil) {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1970...9999).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day) else {
            return nil
        }
        if let clock {
            guard (0...23).contains(clock.hour), (0...59).contains(clock.minute), (0...59).contains(clock.second) else {
                return nil
            }
        }
        self.year = year
        self.month = month
        self.day = day
        self.clock = clock
    }

    /// The date only.
    var withoutClock: ReceiptTime {
        var day = self
        day.clock = nil
        return day
    }

    /// Parses `2020-09-16`, `2020-09-16T12:34`, `2020-09-16 12:34:56`; a following fraction or zone is ignored.
    package init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            return bytes[range].reduce(Int?.some(0)) { value, byte in
                guard let value, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                return value * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        func separates(_ position: Int, _ characters: String) -> Bool {
            position < bytes.count && characters.utf8.contains(bytes[position])
        }
        guard let year = number(0..<4), separates(4, "-"), let month = number(5..<7), separates(7, "-"),
            let day = number(8..<10)
        else { return nil }
        guard bytes.count > 10 else {
            self.init(year: year, month: month, day: day)
            return
        }
        guard separates(10, "T "), let hour = number(11..<13), separates(13, ":"), let minute = number(14..<16),
            !separates(16, ":") || number(17..<19) != nil
        else { return nil }
        let clock = Clock(hour: hour, minute: minute, second: separates(16, ":") ? number(17..<19) ?? 0 : 0)
        self.init(year: year, month: month, day: day, clock: clock)
    }

    /// Whether a text that ``init(iso8601:)`` reads says a time in UTC, `2020-09-16T12:34:56Z`.
    static func isInUTC(_ text: String) -> Bool {
        text.utf8.count > 10 && ["Z", "z", "+00:00", "-00:00"].contains { text.hasSuffix($0) }
    }

    /// Reads `20200916T1234` and `20200916T123456`.
    package init?(basicISO8601 text: String) {
        guard [13, 15].contains(text.utf8.count), text.unicodeScalars.allSatisfy(\.isASCII) else { return nil }
        func part(_ start: Int, _ length: Int) -> Substring { text.dropFirst(start).prefix(length) }
        let second = text.utf8.count == 15 ? ":\(part(13, 2))" : ""
        self.init(
            iso8601: "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))\(part(8, 1).uppercased())\(part(9, 2)):\(part(11, 2))"
                + second)
    }

    /// Converts seconds since 1970-01-01T00:00:00 local time.
    package init?(seconds: Int64) {
        guard (0..<253_402_300_800).contains(seconds) else { return nil }
        let (days, rest) = Int(seconds).quotientAndRemainder(dividingBy: 86_400)
        // Counts years from March in eras of 400 years, so that the leap day comes last and no table is needed.
        let era = (days + 719_468) / 146_097
        let dayOfEra = (days + 719_468) % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * marchMonth + 2) / 5 + 1,
            clock: Clock(hour: rest / 3_600, minute: rest / 60 % 60, second: rest % 60))
    }
}

extension ReceiptTime: CustomStringConvertible {
    /// `2020-09-16 12:34:56`, or the date alone.
    package var description: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(year)-\(two(month))-\(two(day))"
        return clock.map { "\(date) \(two($0.hour)):\(two($0.minute)):\(two($0.second))" } ?? date
    }
}
