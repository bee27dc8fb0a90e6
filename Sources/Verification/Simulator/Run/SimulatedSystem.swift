package import HTTPKit
package import PaymentAPI
import PaymentCore
package import PaymentSandbox
package import Payments
package import WorldKit

/// The system that a scenario runs against, as far as it is accessible.
package struct SimulatedSystem: Sendable {
    /// The API, for iiko and the guests.
    package var connection: APIConnection
    package var gatewayKey: String
    /// The URL for reports of transactions, with their token.
    package var callbackURL: String
    package var deeplinkBase: String
    /// For requests other than to the API.
    package var transport: any HTTPTransport
    package var world: World
    /// API keys by restaurant.
    package var restaurantKeys: [String: String]
    /// Its store and partner clients; nil if the store is not accessible.
    package var services: Services?
    /// The sandbox's control API; nil if the partners are not an accessible sandbox.
    package var sandbox: SandboxControl?
    /// The system itself, if it runs in this process for this scenario.
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
    /// Flaws of a scenario whose steps need something not accessible here.
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
                ScenarioFlaw(place: "restaurants.\(name)", message: "no API key for this restaurant at this server"))
        }
        return flaws
    }
}

/// What a step needs access to.
enum Reach {
    case api, store, sandbox, own

    fileprivate var refusal: String {
        switch self {
        case .api: ""
        case .store: "needs the server's store (--store)"
        case .sandbox: "needs the partners' sandbox (--partners)"
        case .own: "works only on the simulation's own server"
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
    /// Every step, including nested ones, in file order.
    var allSteps: [ScenarioStep] { steps.flatMap(\.withInner) }

    /// The number of steps, including nested ones.
    package var stepCount: Int { allSteps.count }
}

extension ScenarioStep {
    var withInner: [ScenarioStep] { [self] + branches.joined().flatMap(\.withInner) }
}
