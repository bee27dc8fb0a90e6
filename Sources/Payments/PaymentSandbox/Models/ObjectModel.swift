package import FoundationEssentials

/// An S3 bucket's content.
package struct ObjectModel: Hashable, Codable, Sendable {
    package struct Object: Hashable, Codable, Sendable {
        package var contentType: String
        package var body: Data

        enum CodingKeys: String, CodingKey {
            case contentType = "content_type"
            case body
        }
    }

    package var objects: RecordTable<Object>

    package init(objects: [String: Object] = [:]) { self.objects = RecordTable(objects) }

    /// Stores the object, replacing one with the same key.
    package mutating func put(key: String, body: [UInt8], contentType: String) throws(PartnerRefusal) {
        guard (1...1024).contains(key.utf8.count) else {
            throw PartnerRefusal(400, "KeyTooLongError", "a key has 1 to 1024 bytes")
        }
        objects[key] = Object(contentType: contentType, body: Data(body))
    }

    package func get(key: String) throws(PartnerRefusal) -> Object {
        guard let object = objects[key] else { throw PartnerRefusal(404, "NoSuchKey", "object not found") }
        return object
    }
}
