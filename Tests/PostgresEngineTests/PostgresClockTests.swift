import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import PostgresEngine

@Suite struct PostgresClockTests {
    private static func reading(_ monotonic: Int64, _ wall: Int64 = 0) -> PostgresClock.Reading {
        PostgresClock.Reading(monotonic: monotonic, wall: Instant(microseconds: wall))
    }

    /// - Parameters:
    ///   - at: when the query was sent, by the monotonic clock.
    ///   - trip: the length of the round trip.
    private static func sample(at: Int64, trip: Int64, offset: Int64) -> PostgresClock.Sample {
        PostgresClock.Sample(
            reading(at), database: Instant(microseconds: at + trip / 2 + offset), reading(at + trip))
    }

    @Test func `the time is the database's, halfway between question and answer`() {
        let monotonic = Mutex<Int64>(1_000_000)
        let clock = PostgresClock { Self.reading(monotonic.withLock { $0 }, 77) }
        #expect(clock.now() == Instant(microseconds: 77))
        let sample = PostgresClock.Sample(
            Self.reading(1_000_000, 500_000), database: Instant(microseconds: 9_000_000),
            Self.reading(1_000_400, 500_400))
        clock.add(sample)
        monotonic.withLock { $0 = 1_000_200 }
        #expect(clock.now() == Instant(microseconds: 9_000_000))
        monotonic.withLock { $0 = 2_000_200 }
        #expect(clock.now() == Instant(microseconds: 10_000_000))
        #expect(sample.uncertainty == 200)
        #expect(sample.wallOffsetSeconds == 8.4998)
    }

    struct Change: CustomTestStringConvertible, Sendable {
        var name: String
        var samples: [PostgresClock.Sample]
        var offset: Int64
        var testDescription: String { name }
    }

    @Test(arguments: [
        Change(
            name: "a better measurement counts",
            samples: [sample(at: 0, trip: 1000, offset: 100), sample(at: 10, trip: 500, offset: 150)], offset: 150),
        Change(
            name: "a worse one that agrees does not",
            samples: [sample(at: 0, trip: 500, offset: 100), sample(at: 10, trip: 5000, offset: 900)], offset: 100),
        Change(
            name: "a worse one that contradicts does",
            samples: [sample(at: 0, trip: 500, offset: 100), sample(at: 10, trip: 5000, offset: 90_000)], offset: 90_000
        ),
        Change(
            name: "a worse one counts when the other has grown old",
            samples: [sample(at: 0, trip: 500, offset: 100), sample(at: 100_000_000, trip: 5000, offset: 900)],
            offset: 900),
        Change(
            name: "the database's clock may be set back",
            samples: [sample(at: 0, trip: 500, offset: 3_600_000_000), sample(at: 10, trip: 500, offset: 0)],
            offset: 0),
    ])
    func `a new measurement counts where it is better or differs`(change: Change) {
        let clock = PostgresClock { Self.reading(0) }
        for sample in change.samples { clock.add(sample) }
        #expect(clock.sample?.offset == change.offset)
    }

    @Test func `the clock is measured when the store is opened, whatever this host's clock says`() async throws {
        // A host whose clock is wrong by an hour.
        let clock = PostgresClock {
            let reading = PostgresClock.Reading.now()
            return PostgresClock.Reading(monotonic: reading.monotonic, wall: reading.wall.advanced(bySeconds: 3600))
        }
        var options = try await PostgresOptions(address: PostgresCluster.shared.address)
        options.schema = Notes.newSchema()
        let database = try await PostgresDatabase.open(options, migrations: [Notes.migration], clock: clock)
        for _ in 0..<2 {
            let (before, there, after) = (
                database.clock.now(),
                try await database.read {
                    try $0.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now")[0]
                        .instant("now")
                }, database.clock.now()
            )
            let slack = Double(clock.sample?.uncertainty ?? 0) / 1_000_000 + 0.001
            #expect(there.seconds(since: before) > -slack)
            #expect(after.seconds(since: there) > -slack)
            try await PostgresUpkeep.measure(database.pool)
        }
        await database.close()
    }
}
