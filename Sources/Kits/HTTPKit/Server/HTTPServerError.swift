/// Why a server cannot start.
package struct HTTPServerError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// Another process listens on the address.
        case addressInUse
        /// This user may not listen on the address.
        case permission
        /// The host does not resolve, or is not an address of this machine.
        case invalidAddress
        case other
    }

    package var code: Code
    package var address: SocketAddress
    package var message: String

    package init(code: Code, address: SocketAddress, message: String) {
        self.code = code
        self.address = address
        self.message = message
    }
}
