import HTTPKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// Experiments decide what is offered to which users.
@Suite struct RolloutTests {
    private static func experiment(_ name: String, _ change: (inout Experiment) throws -> Void) rethrows -> Experiment {
        var experiment = Experiment(name: name)
        try change(&experiment)
        return experiment
    }

    static let cases: [(name: String, Experiment, Audience, isIn: Bool)] = [
        ("everybody", experiment("e") { _ in }, Audience(), true),
        ("in the zone", experiment("e") { $0.zones = ["moscow"] }, Audience(zone: "moscow"), true),
        ("in another zone", experiment("e") { $0.zones = ["moscow"] }, Audience(zone: "spb"), false),
        ("in no zone", experiment("e") { $0.zones = ["moscow"] }, Audience(uid: "1"), false),
        ("named", experiment("e") { $0.uids = ["1"] }, Audience(uid: "1"), true),
        ("not named", experiment("e") { $0.uids = ["1"] }, Audience(uid: "2"), false),
        ("named by phone", experiment("e") { $0.phoneIDs = ["p"] }, Audience(uid: "2", phoneID: "p"), true),
        (
            "named but elsewhere",
            experiment("e") {
                $0.uids = ["1"]
                $0.zones = ["moscow"]
            }, Audience(uid: "1", zone: "spb"), false
        ),
    ]

    @Test(arguments: cases.indices)
    func `rollout rules select users`(index: Int) {
        let (name, experiment, audience, isIn) = Self.cases[index]
        #expect(experiment.includes(audience) == isIn, "\(name)")
    }

    @Test(arguments: [("0", 0...0), ("7.5", 110...190), ("30", 540...660), ("100", 2000...2000)])
    func `the share is approximate and always the same users`(percent: String, expected: ClosedRange<Int>) throws {
        let experiment = try Self.experiment("qr") { $0.percent = try Percent(percent) }
        let users = (0..<2000).map { Audience(uid: "user-\($0)") }
        let drawn = users.filter(experiment.includes)
        #expect(expected.contains(drawn.count))
        #expect(users.filter(experiment.includes) == drawn)
        let more = try Self.experiment("qr") { $0.percent = try Percent("100") }
        #expect(drawn.allSatisfy(more.includes))
    }

    /// The users of one experiment must not coincide with those of another with the same share.
    @Test func `experiments select users independently`() throws {
        let half = try Percent("50")
        let (one, two) = (Self.experiment("one") { $0.percent = half }, Self.experiment("two") { $0.percent = half })
        let both = (0..<2000).map { Audience(uid: "\($0)") }.count { one.includes($0) && two.includes($0) }
        #expect((440...560).contains(both))
    }

    @Test func `the routes follow the rollout`() async throws {
        var setup = APIFixture.Setup()
        setup.availability = Availability(experiments: [
            Self.experiment("staff") { $0.uids = ["1"] },
            Self.experiment("closed test") {
                $0.phoneIDs = ["p"]
                $0.restaurants = ["bar"]
            },
        ])
        try await APIFixture.run(setup) { api async throws in
            _ = try await Restaurants(api.services).add(clientID: "bar", name: "Бар", zone: nil, cashback: nil)
            let gateway = [("X-Gateway-Key", APIFixture.gatewayKeys[0])]
            let audiences: [(query: String, headers: [(String, String)], restaurants: [String])] = [
                ("", APIFixture.asUser("1"), ["Бар", "Кафе «Пирог»"]),
                ("?uuid=1", gateway, ["Бар", "Кафе «Пирог»"]),
                ("?phone_id=p", gateway, ["Бар"]),
                ("?uuid=1", APIFixture.asUser("2"), []),
                ("", gateway, []),
            ]
            for (query, headers, restaurants) in audiences {
                let available = try await api.send("GET", "/availability" + query, headers)
                #expect(available.json == ["is_available": .bool(!restaurants.isEmpty)], "\(query)")
                let offered = try await api.send("GET", "/restaurants" + query, headers)
                #expect(
                    offered.json["restaurants"].elements.compactMap { $0["name"].text } == restaurants, "\(query)")
            }
        }
    }
}
