/// A local date and time without a time zone; Gregorian calendar, years 1 to 9999.
package struct CivilTime: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour = 0
    package var minute = 0
    package var second = 0
    package var microsecond = 0

    /// - Returns: nil for a date or a time that does not exist, such as 30 February or 24:00.
    package init?(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0
    ) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.days(of: month, in: year),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (0...999_999).contains(microsecond)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second, self.microsecond) = (hour, minute, second, microsecond)
    }

    /// The time this many seconds after 1970-01-01T00:00:00 local time; nil outside the years 1 to 9999.
    package init?(seconds: Int64) {
        let days = Int(seconds.dividedRoundingDown(by: 86_400))
        guard (Self.firstDay...Self.lastDay).contains(days) else { return nil }
        self.init(daysFromEpoch: days, secondOfDay: Int(seconds - Int64(days) * 86_400))
    }

    private init(daysFromEpoch days: Int, secondOfDay: Int, microsecond: Int = 0) {
        let sinceYearOne = days - Self.firstDay
        // Dividing by 366 days never overestimates the year.
        year = sinceYearOne / 366 + 1
        while Self.days(before: year + 1) <= sinceYearOne { year += 1 }
        var rest = sinceYearOne - Self.days(before: year)
        month = 1
        while rest >= Self.days(of: month, in: year) {
            rest -= Self.days(of: month, in: year)
            month += 1
        }
        day = rest + 1
        (hour, minute, second) = (secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60)
        self.microsecond = microsecond
    }

    /// Seconds since 1970-01-01T00:00:00 local time.
    package var seconds: Int64 {
        let daysOfMonths = (1..<month).reduce(0) { $0 + Self.days(of: $1, in: year) }
        let days = Self.firstDay + Self.days(before: year) + daysOfMonths + day - 1
        return Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    }

    /// `"2026-11-30"`
    package var date: String { "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))" }

    /// `"02:00:30"`
    package var clock: String { "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2))" }

    /// Midnight of the date `days` days later; nil after the year 9999.
    package func startOfDay(adding days: Int) -> CivilTime? {
        let midnight = seconds.dividedRoundingDown(by: 86_400) * 86_400
        return CivilTime(seconds: midnight + Int64(days) * 86_400)
    }

    static let first = CivilTime(daysFromEpoch: firstDay, secondOfDay: 0)
    static let last = CivilTime(daysFromEpoch: lastDay, secondOfDay: 86_399, microsecond: 999_999)

    /// Days from 0001-01-01 to January 1 of a year.
    private static func days(before year: Int) -> Int {
        let past = year - 1
        return past * 365 + past / 4 - past / 100 + past / 400
    }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// 0001-01-01 and 9999-12-31 in days from 1970-01-01.
    private static let firstDay = -719_162
    private static let lastDay = 2_932_896

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    func dividedRoundingDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
