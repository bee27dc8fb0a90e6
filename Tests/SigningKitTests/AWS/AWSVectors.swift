import Testing

/// One published example of a signed request.
struct AWSVector: CustomTestStringConvertible, Sendable {
    var name: String
    var method = "GET"
    var path = "/"
    var query: [(String, String)] = []
    var headers: [(String, String)] = []
    var body = ""
    /// The signature in the headers.
    var signature: String
    /// The signature of the same request presigned for an hour, if it has no header but the host.
    var presigned: String?

    var testDescription: String { name }
}

private let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/// AWS's Signature Version 4 test suite: region us-east-1, service `service`, 2015-08-30T12:36:00Z.
let awsSuite: [AWSVector] = [
    AWSVector(
        name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        presigned: "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"),
    AWSVector(
        name: "post-vanilla", method: "POST",
        signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        presigned: "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b"),
    AWSVector(
        name: "get-header-key-duplicate",
        headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
        signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
    AWSVector(
        name: "get-header-value-order",
        headers: [
            ("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2"),
        ],
        signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
    AWSVector(
        name: "get-header-value-multiline", headers: [("My-Header1", "value1  value2     value3")],
        signature: "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"),
    AWSVector(
        name: "get-header-value-trim", headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
        signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    AWSVector(
        name: "post-header-key-sort", method: "POST", headers: [("My-Header1", "value1")],
        signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    AWSVector(
        name: "post-header-value-case", method: "POST", headers: [("My-Header1", "VALUE1")],
        signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
    AWSVector(
        name: "get-unreserved", path: "/" + unreserved,
        signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        presigned: "95968482db1b9e0fadef6efc1bd24689f77c77d9ef56919c96a28cc92e0d6005"),
    AWSVector(
        name: "get-utf8, sent raw", path: "/ሴ",
        signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        presigned: "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44"),
    AWSVector(
        name: "get-utf8, sent encoded", path: "/%E1%88%B4",
        signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        presigned: "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44"),
    AWSVector(
        name: "get-space", path: "/example%20space/",
        signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        presigned: "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6"),
    AWSVector(
        name: "get-slashes-unnormalized", path: "//example//",
        signature: "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5",
        presigned: "822a5a9ba28072c5ab2bb4a6307d0c88276d40e49fec6b724c03fb4d4ba60fc2"),
    AWSVector(
        name: "get-relative-unnormalized", path: "/example/..",
        signature: "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282",
        presigned: "cbcb213b928a077e43275df47b500f1dfaa864ab3f5a18f6b95f4ff0938167ee"),
    AWSVector(
        name: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
        signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        presigned: "86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5"),
    AWSVector(
        name: "get-vanilla-query-order-encoded",
        query: [("Param-3", "Value3"), ("Param", "Value2"), ("ሴ", "Value1")],
        signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        presigned: "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787"),
    AWSVector(
        name: "get-vanilla-query-unreserved", query: [(unreserved, unreserved)],
        signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        presigned: "8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf"),
    AWSVector(
        name: "get-vanilla-utf8-query", query: [("ሴ", "bar")],
        signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        presigned: "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600"),
    AWSVector(
        name: "post-vanilla-query", method: "POST", query: [("Param1", "value1")],
        signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
        presigned: "a9ef26247f293bffe40eeff86a0480ba8c14d31503b2e0c3399e3a16bf1a3682"),
    AWSVector(
        name: "post-x-www-form-urlencoded", method: "POST",
        headers: [
            ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "13"),
            ("x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"),
        ],
        body: "Param1=value1", signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"),
    AWSVector(
        name: "post-x-www-form-urlencoded-parameters", method: "POST",
        headers: [
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"), ("Content-Length", "13"),
            ("x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"),
        ],
        body: "Param1=value1", signature: "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"),
]

/// "Examples: Signature Calculations" of the Amazon S3 API reference: examplebucket, us-east-1, 2013-05-24T00:00:00Z.
let s3Examples: [AWSVector] = [
    AWSVector(
        name: "GET object, ten bytes of it", path: "/test.txt", headers: [("Range", "bytes=0-9")],
        signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    AWSVector(
        name: "PUT object, a dollar in its key", method: "PUT", path: "/test$file.text",
        headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
        body: "Welcome to Amazon S3.", signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    AWSVector(
        name: "PUT object, the dollar encoded", method: "PUT", path: "/test%24file.text",
        headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
        body: "Welcome to Amazon S3.", signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    AWSVector(
        name: "GET bucket lifecycle, a parameter without a value", query: [("lifecycle", "")],
        signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    AWSVector(
        name: "list objects", query: [("max-keys", "2"), ("prefix", "J")],
        signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]
