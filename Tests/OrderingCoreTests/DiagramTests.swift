import OrderingCore
import Testing

@Suite struct DiagramTests {
    struct Drawing: Sendable, CustomTestStringConvertible {
        var style: StyleName
        var request: ClientRequest
        var counts: ArrowCounts
        var participants: [Participant]
        /// Of the alternative that succeeds.
        var arrows: Int

        var testDescription: String { "\(style.rawValue), \(request.rawValue)" }
    }

    static let drawings = [
        Drawing(
            style: .http, request: .registration, counts: ArrowCounts(requests: 2),
            participants: [.client, .gateway, .billing, .identity], arrows: 6),
        Drawing(
            style: .http, request: .order, counts: ArrowCounts(requests: 4),
            participants: [.client, .gateway, .order, .billing, .notification, .identity], arrows: 11),
        Drawing(
            style: .events, request: .registration,
            counts: ArrowCounts(requests: 1, publishes: 2, deliveries: 3),
            participants: [.client, .gateway, .broker, .billing, .identity], arrows: 11),
        Drawing(
            style: .events, request: .order, counts: ArrowCounts(requests: 3, publishes: 4, deliveries: 5),
            participants: [.client, .gateway, .broker, .order, .billing, .notification, .identity], arrows: 20),
        Drawing(
            style: .collaboration, request: .registration, counts: ArrowCounts(publishes: 2, deliveries: 4),
            participants: [.client, .gateway, .broker, .billing, .notification, .identity], arrows: 11),
        Drawing(
            style: .collaboration, request: .order, counts: ArrowCounts(publishes: 4, deliveries: 5),
            participants: [.client, .gateway, .broker, .order, .billing, .notification], arrows: 14),
        Drawing(
            style: .hybrid, request: .registration,
            counts: ArrowCounts(requests: 1, publishes: 1, deliveries: 2),
            participants: [.client, .gateway, .broker, .billing, .notification, .identity], arrows: 10),
        Drawing(
            style: .hybrid, request: .order, counts: ArrowCounts(requests: 1, publishes: 3, deliveries: 4),
            participants: [.client, .gateway, .broker, .order, .billing, .notification, .push], arrows: 15),
    ]

    @Test(arguments: drawings) func `a diagram has the participants and arrows that are published`(
        _ drawing: Drawing
    ) throws {
        let diagram = try #require(SequenceDiagram.published(drawing.style, drawing.request))
        for outcome in [OrderOutcome.succeeded, .failed(.notEnoughMoney)] {
            let steps = diagram.steps(outcome)
            #expect(ArrowCounts(steps.map(\.arrow)) == drawing.counts)
            #expect(steps.count == drawing.arrows)
            let taking = Set(steps.flatMap { [$0.arrow.from, $0.arrow.to] })
            #expect(Participant.allCases.filter(taking.contains) == drawing.participants)
        }
    }

    @Test(arguments: drawings) func `every arrow but the first follows from one that came to where it begins`(
        _ drawing: Drawing
    ) throws {
        let diagram = try #require(SequenceDiagram.published(drawing.style, drawing.request))
        for outcome in [OrderOutcome.succeeded, .failed(.notEnoughMoney)] {
            let steps = diagram.steps(outcome)
            for (place, step) in steps.enumerated().dropFirst() {
                let cause = try #require(step.cause, "\(step.arrow.label)")
                #expect(cause < place)
                #expect(steps[cause].arrow.to == step.arrow.from)
                if case .consume(let type) = step.arrow.kind { #expect(steps[cause].arrow.kind == .publish(type)) }
            }
        }
    }

    @Test(arguments: drawings) func `what is drawn is in the contract`(_ drawing: Drawing) throws {
        let diagram = try #require(SequenceDiagram.published(drawing.style, drawing.request))
        for step in diagram.steps(.succeeded) + diagram.steps(.failed(.notEnoughMoney)) {
            switch step.arrow.kind {
            case .publish(let type), .consume(let type): #expect(Contract.entry(type, in: drawing.style) != nil)
            case .answer(let endpoint, let status): #expect(endpoint.statuses.contains(status))
            case .request(let endpoint): #expect(step.arrow.to == Participant(endpoint.service))
            default: break
            }
        }
    }

    @Test func `what happens side by side does not follow from its neighbor`() throws {
        let steps = try #require(SequenceDiagram.published(.hybrid, .order)).steps(.succeeded)
        let told = try #require(steps.firstIndex { $0.arrow.kind == .publish(.orderSucceeded) })
        let consumed = steps.filter { $0.arrow.kind == .consume(.orderSucceeded) }
        #expect(consumed.map(\.arrow.to) == [.notification, .push])
        #expect(consumed.allSatisfy { $0.cause == told })
        #expect(consumed.allSatisfy { $0.drawn == "consume OrderCreated" })
    }
}
