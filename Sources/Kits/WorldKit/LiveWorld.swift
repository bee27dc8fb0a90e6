import FoundationEssentials

extension World {
    /// The clock, the timer and the randomness of this machine.
    package static let live = live { Instant(Date()) }

    /// The same with another clock, such as a database's.
    package static func live(now: @escaping @Sendable () -> Instant) -> World {
        World(
            now: now,
            sleep: { try await Task.sleep(for: .seconds($0)) },
            randomBytes: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } },
            newID: {
                // 48 bits of milliseconds, as in a UUID of version 7 (RFC 9562), and 80 random bits: ids created
                // together are adjacent in every index, so that a commit writes few pages for many orders.
                let milliseconds = UInt128(UInt64(clamping: now().microseconds / 1000))
                let digits = String(milliseconds << 80 | UInt128.random(in: 0..<1 << 80), radix: 16)
                return String(repeating: "0", count: max(0, 32 - digits.count)) + digits
            })
    }
}
