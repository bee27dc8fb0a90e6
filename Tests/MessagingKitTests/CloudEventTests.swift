import JSONKit
import MessagingKit
import Testing
import WorldKit

@Suite struct CloudEventTests {
    private func event(_ text: String) throws -> CloudEvent {
        try CloudEvent(try JSONValue(parsing: Array(text.utf8), as: .interoperable))
    }

    @Test func `a message is written as an event with every attribute, and read again`() throws {
        let message = Message(
            id: "billing:payment-1:0", type: "Billing/PaymentCreated", key: "account-1", correlationID: "c-1",
            causationID: "m-0", replyTo: "answers", time: Instant(microseconds: 1_773_489_600_123_456),
            traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", schemaVersion: 2,
            body: Array(#"{"amount":1050,"note":"обед"}"#.utf8))
        let event = CloudEvent(source: "/ordering/billing", message: message)
        let text = String(decoding: try event.json.canonical, as: UTF8.self)
        #expect(
            text == """
                {"causationid":"m-0","correlationid":"c-1","data":{"amount":1050,"note":"обед"},\
                "datacontenttype":"application/json","dataschema":"schema:2","id":"billing:payment-1:0",\
                "replyto":"answers","source":"/ordering/billing","specversion":"1.0","subject":"account-1",\
                "time":"2026-03-14T12:00:00.123456Z",\
                "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",\
                "type":"Billing/PaymentCreated"}
                """)
        #expect(try self.event(text) == event)
    }

    @Test func `what a message does not have is left out`() throws {
        let message = Message(
            id: "1", type: "T", key: "k", correlationID: "c", time: Instant(microseconds: 0), body: Array("{}".utf8))
        let text = String(decoding: try CloudEvent(source: "/s", message: message).json.canonical, as: UTF8.self)
        #expect(!text.contains("causationid") && !text.contains("replyto") && !text.contains("traceparent"))
        #expect(text.contains(#""time":"1970-01-01T00:00:00.000Z""#))
        #expect(try event(text).message == message)
    }

    @Test func `a body that is not JSON cannot be an event`() {
        let message = Message(
            id: "1", type: "T", key: "k", correlationID: "c", time: Instant(microseconds: 0), body: Array("{".utf8))
        #expect(throws: FieldError.self) { try CloudEvent(source: "/s", message: message).json }
    }

    /// From the JSON event format 1.0.2, sections 2.2, 3.2 and 4.
    @Test(arguments: [
        (
            "JSON data",
            #"""
            {"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","subject":null,
             "id":"C234-1234-1234","time":"2018-04-05T17:31:00Z","comexampleextension1":"value",
             "comexampleothervalue":5,"datacontenttype":"application/json",
             "data":{"appinfoA":"abc","appinfoB":123,"appinfoC":true}}
            """#, #"{"appinfoA":"abc","appinfoB":123,"appinfoC":true}"#
        ),
        (
            "no content type",
            #"""
            {"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","id":"C234-1234-1234",
             "time":"2018-04-05T17:31:00Z","data":{"appinfoA":"abc"}}
            """#, #"{"appinfoA":"abc"}"#
        ),
        (
            "a string",
            #"""
            {"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","id":"C234-1234-1234",
             "time":"2018-04-05T17:31:00+00:00","datacontenttype":"application/json; charset=utf-8",
             "data":"I'm just a string"}
            """#, #""I'm just a string""#
        ),
        (
            "a structured suffix",
            #"""
            {"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","id":"C234-1234-1234",
             "time":"2018-04-05T17:31:00Z","datacontenttype":"application/vnd.example+json","data":1.50}
            """#, "1.50"
        ),
    ])
    func `events of the specification are read`(name: String, text: String, data: String) throws {
        let event = try event(text)
        #expect(event.source == "/mycontext")
        #expect(
            event.message
                == Message(
                    id: "C234-1234-1234", type: "com.example.someevent", key: "C234-1234-1234",
                    correlationID: "C234-1234-1234", time: Instant(microseconds: 1_522_949_460_000_000),
                    body: Array(data.utf8)), "\(name)")
    }

    @Test(arguments: [
        ("not an object", "[]", ""),
        ("no version", #"{"id":"1","source":"/s","type":"t"}"#, "specversion"),
        ("another version", #"{"specversion":"0.3","id":"1","source":"/s","type":"t"}"#, "specversion"),
        ("no id", #"{"specversion":"1.0","source":"/s","type":"t"}"#, "id"),
        ("an empty id", #"{"specversion":"1.0","id":"","source":"/s","type":"t"}"#, "id"),
        ("no source", #"{"specversion":"1.0","id":"1","type":"t"}"#, "source"),
        ("a numeric type", #"{"specversion":"1.0","id":"1","source":"/s","type":1}"#, "type"),
        ("no time", #"{"specversion":"1.0","id":"1","source":"/s","type":"t","time":"yesterday"}"#, "time"),
        ("an upper-case name", #"{"specversion":"1.0","id":"1","source":"/s","type":"t","Ext":"x"}"#, "Ext"),
        (
            "XML",
            #"{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"text/xml","data":"<a/>"}"#,
            "datacontenttype"
        ),
        (
            "binary data",
            #"{"specversion":"1.0","id":"1","source":"/s","type":"t","data_base64":"aGVsbG8="}"#, "data_base64"
        ),
    ])
    func `an invalid event names the attribute`(name: String, text: String, field: String) {
        let error = #expect(throws: FieldError.self, "\(name)") { try event(text) }
        #expect(error?.field == field, "\(name)")
    }
}
