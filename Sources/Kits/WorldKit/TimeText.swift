/// Parses times written by people and programs.
///
/// RFC 3339 includes the zone. Other forms are in the user's zone: `2026-11-30 02:00`, `2026-11-30`, `02:00` (today),
/// `now`, `today`, `yesterday`, `tomorrow`. A duration such as `2h`, `1h30m` or `2d` means that long ago. A bare number
/// is rejected as ambiguous: it could be seconds since 1970, a year, or a duration.
package enum TimeText {
    /// The instant that a text means.
    package static func instant(_ text: String, now: Instant, zone: Zone) throws(TimeError) -> Instant {
        guard text.utf8.count <= maximumLength else { throw .notATime }
        if isNumber(text) { throw .bareNumber }
        if let seconds = seconds(text) { return now.advanced(bySeconds: -seconds) }
        if let days = days[text] { return try startOfDay(today(now, zone), adding: days, zone) }
        if text == "now" { return now }
        var scanner = Scanner(text)
        if let date = scanner.date() {
            guard let day = CivilTime(year: date.year, month: date.month, day: date.day) else { throw .nonexistentDay }
            if scanner.isAtEnd { return try startOfDay(day, adding: 0, zone) }
            guard scanner.skip("Tt "), let clock = scanner.clock() else { throw .notATime }
            let offset = try scanner.offset()
            guard scanner.isAtEnd else { throw .notATime }
            return try instant(day, clock, offset, zone)
        }
        guard let clock = scanner.clock(), scanner.isAtEnd else { throw .notATime }
        return try instant(try today(now, zone), clock, nil, zone)
    }

    /// The instant of an RFC 3339 text, with or without fractional seconds.
    package static func rfc3339(_ text: String) -> Instant? {
        var scanner = Scanner(text)
        guard text.utf8.count <= maximumLength, let date = scanner.date(), scanner.skip("Tt"),
            let day = CivilTime(year: date.year, month: date.month, day: date.day),
            let clock = scanner.clock(), clock.hasSeconds, let offset = try? scanner.offset(), scanner.isAtEnd
        else { return nil }
        return try? instant(day, clock, offset, .utc)
    }

    /// A duration in seconds: numbers with `d`, `h`, `m`, `s` or `ms`, larger units first, each at most once; at most a
    /// hundred years.
    package static func seconds(_ text: String) -> Double? {
        guard text.utf8.count <= maximumLength else { return nil }
        var rest = Substring(text).utf8
        var units = units[...]
        var total = 0.0
        repeat {
            let digits = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(digits.count)
            let word = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
            rest = rest.dropFirst(word.count)
            guard let first = digits.first, isDigit(first), let last = digits.last, isDigit(last),
                let number = Double(Substring(digits)),
                let place = units.firstIndex(where: { $0.name.utf8.elementsEqual(word) })
            else { return nil }
            total += number * units[place].seconds
            units = units[(place + 1)...]
        } while !rest.isEmpty
        return total <= maximumSeconds ? total : nil
    }

    private static let maximumLength = 64
    private static let maximumSeconds = 3_153_600_000.0
    private static let days = ["yesterday": -1, "today": 0, "tomorrow": 1]
    private static let units: [(name: String, seconds: Double)] = [
        ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001),
    ]

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Whether a text is a number without a unit.
    package static func isNumber(_ text: String) -> Bool {
        let digits = text.utf8.first.map { "+-".utf8.contains($0) } == true ? text.utf8.dropFirst() : text.utf8[...]
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return !digits.isEmpty && parts.count <= 2 && parts.joined().allSatisfy(isDigit)
    }

    private static func today(_ now: Instant, _ zone: Zone) throws(TimeError) -> CivilTime {
        guard zone.isKnown else { throw .unknownZone(zone.name) }
        guard let day = zone.civilTime(at: now)?.startOfDay(adding: 0) else { throw .notATime }
        return day
    }

    private static func startOfDay(_ day: CivilTime, adding days: Int, _ zone: Zone) throws(TimeError) -> Instant {
        guard zone.isKnown else { throw .unknownZone(zone.name) }
        guard let day = day.startOfDay(adding: days), let instant = zone.startOfDay(day) else { throw .nonexistentDay }
        return instant
    }

    private static func instant(
        _ day: CivilTime, _ clock: Clock, _ offset: Int?, _ zone: Zone
    ) throws(TimeError) -> Instant {
        // A leap second is read as the following second.
        let isLeap = clock.second == 60
        guard
            let time = CivilTime(
                year: day.year, month: day.month, day: day.day, hour: clock.hour, minute: clock.minute,
                second: isLeap ? 59 : clock.second, microsecond: clock.microsecond)
        else { throw .nonexistentTime }
        guard offset != nil || zone.isKnown else { throw .unknownZone(zone.name) }
        let found =
            offset.map { Instant(microseconds: (time.seconds - Int64($0)) * 1_000_000 + Int64(time.microsecond)) }
            ?? zone.instant(of: time)
        guard let instant = found else { throw .skipped(time, zone: zone.name) }
        guard let inUTC = Zone.utc.civilTime(at: instant) else { throw .notATime }
        guard isLeap else { return instant }
        let isEndOfHalfYear = (inUTC.month, inUTC.day) == (6, 30) || (inUTC.month, inUTC.day) == (12, 31)
        guard isEndOfHalfYear, (inUTC.hour, inUTC.minute) == (23, 59) else { throw .nonexistentTime }
        return Instant(microseconds: instant.microseconds + 1_000_000)
    }

    /// A time of day as written.
    private struct Clock {
        var hour: Int
        var minute: Int
        var second = 0
        var microsecond = 0
        var hasSeconds = false
    }

    private struct Scanner {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = Substring(text).utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        /// Skips one of these characters.
        mutating func skip(_ characters: StaticString) -> Bool {
            guard let byte = rest.first,
                UnsafeBufferPointer(
                    start: characters.utf8Start, count: characters.utf8CodeUnitCount
                ).contains(byte)
            else { return false }
            rest.removeFirst()
            return true
        }

        /// Scans `2026-11-30`; consumes nothing otherwise.
        mutating func date() -> (year: Int, month: Int, day: Int)? {
            var ahead = self
            guard let year = ahead.number(4), ahead.skip("-"), let month = ahead.number(2), ahead.skip("-"),
                let day = ahead.number(2)
            else { return nil }
            self = ahead
            return (year, month, day)
        }

        /// `02:00`, `02:00:30`, `02:00:30.250`; a fraction is truncated to microseconds.
        mutating func clock() -> Clock? {
            guard let hour = number(2), skip(":"), let minute = number(2) else { return nil }
            var clock = Clock(hour: hour, minute: minute)
            guard skip(":") else { return clock }
            guard let second = number(2) else { return nil }
            clock.second = second
            clock.hasSeconds = true
            guard skip(".") else { return clock }
            let digits = rest.prefix(while: isDigit)
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            let kept = String(Substring(digits.prefix(6)))
            clock.microsecond = Int(kept + String(repeating: "0", count: 6 - kept.utf8.count)) ?? 0
            return clock
        }

        /// `Z` or `+03:00`, in seconds ahead of UTC; nil at the end of the text.
        mutating func offset() throws(TimeError) -> Int? {
            if isAtEnd { return nil }
            if skip("Zz") { return 0 }
            let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
            guard skip("+-"), let hours = number(2), skip(":"), let minutes = number(2) else { throw .notATime }
            // A generous limit: actual zones range from -12:00 to +14:00.
            guard minutes < 60, hours * 60 + minutes <= 18 * 60 else { throw .invalidOffset }
            return sign * (hours * 60 + minutes) * 60
        }

        /// Scans exactly `count` digits.
        private mutating func number(_ count: Int) -> Int? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy(isDigit) else { return nil }
            rest = rest.dropFirst(count)
            return Int(Substring(digits))
        }
    }
}

/// Why a text is not a time.
package enum TimeError: Error, Equatable, Sendable {
    case notATime
    case bareNumber
    /// A day that does not exist in the calendar or the zone.
    case nonexistentDay
    case nonexistentTime
    case invalidOffset
    /// A time skipped when clocks were set forward.
    case skipped(CivilTime, zone: String)
    case unknownZone(String)

    /// The reason, phrased to follow the text.
    package var message: String {
        switch self {
        case .notATime:
            "must be a time such as 2026-01-31T09:30:00Z, '2026-01-31 09:30', 2026-01-31, 09:30, today, or 2h for two "
                + "hours ago"
        case .bareNumber:
            "a bare number is ambiguous; write 2026-01-31T09:30:00Z, 2026-01-31, or 90s for 90 seconds ago"
        case .nonexistentDay: "this day does not exist"
        case .nonexistentTime: "this time of day does not exist; hours are 00 to 23"
        case .invalidOffset: "its UTC offset is malformed or exceeds 18 hours"
        case .skipped(let time, let zone):
            "\(time.date) \(time.clock) does not exist in the time zone \(zone): clocks were set forward over it"
        case .unknownZone(let name):
            "the time zone '\(name)' in TZ is unknown; set TZ, or write the zone: …Z, …+03:00"
        }
    }
}
