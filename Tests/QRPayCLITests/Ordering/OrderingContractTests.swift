import OrderingCore
import TestSupport
import Testing

/// The specifications that are printed.
@Suite struct OrderingContractTests {
    @Test(arguments: StyleName.allCases) func `the messages of a style are described with their channels`(
        _ style: StyleName
    ) async throws {
        try await Stage.run { stage async throws in
            let json = try await stage.qrpay("ordering", "contract", "--asyncapi", style.rawValue).succeeded().json()
            #expect(json["asyncapi"].text == "3.0.0")
            let types = MessageType.allCases.filter { Contract.entry($0, in: style) != nil }
            let messages = json["components"]["messages"]
            for type in types {
                let name = type.rawValue.replacing("/", with: ".")
                #expect(messages[name]["name"].text == type.rawValue)
                #expect(json["channels"][name]["address"].text == type.rawValue)
                let sending = json["operations"]["\(type.sender.rawValue).send.\(name)"]
                #expect(sending["action"].text == "send")
                let form = try #require(Contract.entry(type, in: style)).body
                #expect(
                    messages[name]["payload"]["required"].elements.compactMap(\.text)
                        == form.fields.filter(\.isRequired).map(\.name))
            }
        }
    }

    @Test func `all messages, requests and root routes are described as Protocol Buffers`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay("ordering", "contract", "--proto")
            try run.succeeded()
            #expect(run.stdout.contains("\nsyntax = \"proto3\";\n"))
            for type in MessageType.allCases {
                #expect(run.stdout.contains("\nmessage \(type.rawValue.replacing("/", with: "")) {\n"))
            }
            for endpoint in Endpoint.allCases {
                let name = endpoint.rawValue.prefix(1).uppercased() + endpoint.rawValue.dropFirst()
                #expect(run.stdout.contains("  rpc \(name)(\(name)Request) returns (\(name)Answer);\n"))
            }
            for route in ["CreateUser", "DepositCash", "GetBasket", "Order", "List"] {
                #expect(run.stdout.contains("  rpc \(route)(\(route)Body) returns (PublicAnswer);\n"))
            }
        }
    }

    @Test(arguments: [[], ["--asyncapi", "soap"], ["--asyncapi", "http", "--proto"]])
    func `one known form has to be asked for`(_ options: [String]) async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(["ordering", "contract"] + options, 2, "usage")
        }
    }
}
