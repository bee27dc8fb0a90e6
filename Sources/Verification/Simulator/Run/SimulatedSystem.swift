package import HTTPKit
package import PaymentAPI
import PaymentCore
package import PaymentSandbox
package import Payments
package import WorldKit

/// The system that a scenario is run against, as far as it can be reached.
package struct SimulatedSystem: Sendable {
    /// The API, for iiko and the guests.
    package var connection: APIConnection
    package var gatewayKey: String
    /// Where reports of transactions go, with the token that lets them in.
    package var callbackURL: String
    package var deeplinkBase: String
    /// For what is no exchange with the API.
    package var transport: any HTTPTransport
    package var world: World
    /// API keys by restaurant.
    package var restaurantKeys: [String: String]
    /// Its store, and its partners' clients; nil where the store cannot be reached.
    package var services: Services?
    /// Looks and reaches behind the partners; nil where they are no sandbox that can be reached.
    package var sandbox: SandboxControl?
    /// The system itself, where it runs in this very process for this very scenario.
    package var own: OwnSystem?

    package init(
        connection: APIConnection, gatewayKey: String, callbackURL: String, deeplinkBase: String,
        transport: any HTTPTransport, world: World, restaurantKeys: [String: String], services: Services? = nil,
        sandbox: SandboxControl? = nil, own: OwnSystem? = nil
    ) {
        self.connection = connection
        self.gatewayKey = gatewayKey
        self.callbackURL = callbackURL
        self.deeplinkBase = deeplinkBase
        self.transport = transport
        self.world = world
        self.restaurantKeys = restaurantKeys
        self.services = services
        self.sandbox = sandbox
        self.own = own
    }
}

extension SimulatedSystem {
    /// What a scenario asks for that is out of reach here.
    package func refusals(of scenario: ScenarioFile) -> [ScenarioFlaw] {
        var flaws: [ScenarioFlaw] = []
        if sandbox == nil, !scenario.faults.isEmpty {
            flaws.append(ScenarioFlaw(place: "faults", message: Reach.sandbox.refusal))
        }
        for step in scenario.allSteps {
            let isReached =
                switch step.kind.reach {
                case .api: true
                case .store: services != nil
                case .sandbox: sandbox != nil
                case .own: own != nil
                }
            if !isReached { flaws.append(ScenarioFlaw(place: step.place, message: step.kind.reach.refusal)) }
        }
        for name in scenario.participants where restaurantKeys[name] == nil {
            flaws.append(
                ScenarioFlaw(place: "restaurants.\(name)", message: "there is no API key for it at this server"))
        }
        return flaws
    }
}

/// What has to be reached for a step.
enum Reach {
    case api, store, sandbox, own

    fileprivate var refusal: String {
        switch self {
        case .api: ""
        case .store: "cannot be done here: it needs the server's store (--store)"
        case .sandbox: "cannot be done here: it needs a sandbox of the partners (--partners)"
        case .own: "cannot be done to a server of others, only to the simulation's own"
        }
    }
}

extension StepKind {
    fileprivate var reach: Reach {
        switch self {
        case .bill, .look, .pay, .wait, .poll, .report, .pause, .quiet, .together, .crowd: .api
        case .refund, .cancel: .store
        case .decide, .redeliver, .fault, .heal: .sandbox
        case .workers, .work, .advance: .own
        }
    }
}

extension ScenarioFile {
    /// Every step, those within others too, in the order of the text.
    var allSteps: [ScenarioStep] { steps.flatMap(\.withInner) }

    /// How many steps there are, those within others too.
    package var stepCount: Int { allSteps.count }
}

extension ScenarioStep {
    var withInner: [ScenarioStep] { [self] + branches.joined().flatMap(\.withInner) }
}
