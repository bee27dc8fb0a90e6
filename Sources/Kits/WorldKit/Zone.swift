/// A time zone: its UTC offset at any instant.
package struct Zone: Sendable {
    /// Its name, `"Europe/Berlin"`; `"local"` for the machine's zone.
    package var name: String
    /// Whether a zone of that name exists; an unknown zone has no times.
    package var isKnown: Bool
    private let secondsAhead: @Sendable (_ epochSeconds: Int64) -> Int

    /// - Parameter secondsAhead: offset from UTC at an instant in seconds since 1970; negative west of Greenwich.
    package init(
        name: String, isKnown: Bool = true, secondsAhead: @escaping @Sendable (_ epochSeconds: Int64) -> Int
    ) {
        self.name = name
        self.isKnown = isKnown
        self.secondsAhead = secondsAhead
    }

    package static let utc = Zone(name: "UTC") { _ in 0 }

    /// The local time at an instant; nil outside the years 1 to 9999.
    package func civilTime(at instant: Instant) -> CivilTime? {
        let seconds = instant.microseconds.dividedRoundingDown(by: 1_000_000)
        guard var time = CivilTime(seconds: seconds + Int64(secondsAhead(seconds))) else { return nil }
        time.microsecond = Int(instant.microseconds - seconds * 1_000_000)
        return time
    }

    /// The instant of a local time: the first of two if clocks were set back, nil if they were set forward over it.
    package func instant(of time: CivilTime) -> Instant? {
        candidates(of: time).min().map { Instant(microseconds: $0 * 1_000_000 + Int64(time.microsecond)) }
    }

    /// The instant at which a day begins, which is not midnight if clocks are set forward then; nil for a day skipped
    /// by the zone.
    package func startOfDay(_ day: CivilTime) -> Instant? {
        if let midnight = instant(of: day) { return midnight }
        // Midnight does not exist, so the day begins at the transition, which lies between the two candidates.
        let offsets = nearOffsets(of: day)
        guard let least = offsets.min(), let most = offsets.max() else { return nil }
        var (before, after) = (day.seconds - Int64(most), day.seconds - Int64(least))
        while after - before > 1 {
            let middle = before + (after - before) / 2
            if middle + Int64(secondsAhead(middle)) >= day.seconds { after = middle } else { before = middle }
        }
        let start = Instant(microseconds: after * 1_000_000)
        guard let found = civilTime(at: start), (found.year, found.month, found.day) == (day.year, day.month, day.day)
        else { return nil }
        return start
    }

    /// The instants of a local time in seconds since 1970: none, one or two.
    private func candidates(of time: CivilTime) -> Set<Int64> {
        Set(
            nearOffsets(of: time).map { time.seconds - Int64($0) }.filter {
                $0 + Int64(secondsAhead($0)) == time.seconds
            })
    }

    /// The UTC offsets in the days around a local time. A day and a half either way is enough: offsets are at most 15
    /// hours, and a zone that crossed the date line moved by 24.
    private func nearOffsets(of time: CivilTime) -> Set<Int> {
        Set(stride(from: -36, through: 36, by: 6).map { secondsAhead(time.seconds + Int64($0) * 3600) })
    }
}
