import HTTPKit
import JSONKit
import Ordering
import OrderingCore

/// Who the users are, and their sessions.
enum IdentityRoutes {
    static func all(_ context: RouteContext) -> [Route] {
        [register(context), logIn(context), logOut(context), profile(context), changeProfile(context)]
    }

    private static let password = JSONSchema.string("8 characters or more", from: 8, to: 256)
    private static let names: Set = ["firstName", "lastName", "phone"]

    private static func register(_ context: RouteContext) -> Route {
        let input = RequestObject.input(
            [
                "email": Field.email.form.schema, "password": password, "firstName": Field.firstName.form.schema,
                "lastName": Field.lastName.form.schema, "phone": Field.phone.form.schema,
            ], optional: names
        ) { body in
            Gateway.Registration(
                email: try body.text("email"), password: try body.text("password"),
                firstName: try body.optionalText("firstName") ?? "", lastName: try body.optionalText("lastName") ?? "",
                phone: try body.optionalText("phone") ?? "")
        }
        return Route(
            "POST", "/api/v1/identity/register", operation: "register",
            summary: "Register a user; the same again has the same answer", input,
            output: RouteOutput.value("The user", Wire.userSchema).status(201), failures: [409, 504]
        ) { registration in
            if let flaw = PasswordRule.flaw(registration.password, email: registration.email),
                NameRule.isEmail(registration.email)
            {
                throw APIFailure(400, "weak_password", "password: \(flaw)")
            }
            let answer = try await context.gateway.register(registration).checked()
            return .answer(try Wire.user(answer.fields), answer, subject: answer.fields[.userID])
        }
    }

    private static func logIn(_ context: RouteContext) -> Route {
        let input = RequestObject.input(["email": Field.email.form.schema, "password": .string(from: 1, to: 256)]) {
            body in (email: try body.text("email"), password: try body.text("password"))
        }
        return Route(
            "POST", "/api/v1/identity/login", operation: "logIn", summary: "Begin a session of seven days", input,
            output: .value("The token; it is also set as a cookie", Wire.tokenSchema), failures: [401]
        ) { credentials in
            let token = try await context.gateway.logIn(email: credentials.email, password: credentials.password)
            guard let token else {
                throw APIFailure(
                    401, "wrong_credentials", AnswerWords.message("wrong_credentials"),
                    headers: [HTTPHeaders.Field(name: "WWW-Authenticate", value: "Bearer")])
            }
            return Reply(["accessToken": .string(token)], headers: [CallerToken.setCookie(token)])
        }
    }

    private static func logOut(_ context: RouteContext) -> Route {
        Route(
            "POST", "/api/v1/identity/logout", operation: "logOut", summary: "End the session", access: .user,
            Input.token,
            output: .empty
        ) { token in
            let userID = try await context.user(token)
            try await context.gateway.logOut(token: token)
            return Reply((), headers: [CallerToken.setCookie(nil)], subject: userID)
        }
    }

    private static func profile(_ context: RouteContext) -> Route {
        Route(
            "GET", "/api/v1/identity/profile", operation: "getProfile", summary: "The user", access: .user, Input.token,
            output: .value("The user", Wire.userSchema), failures: [404]
        ) { token in
            let userID = try await context.user(token)
            let answer = try await context.gateway.profile(userID: userID).checked()
            return Reply(try Wire.user(answer.fields), subject: userID)
        }
    }

    private static func changeProfile(_ context: RouteContext) -> Route {
        let input = RequestObject.input(
            [
                "id": FieldForm.identifier.schema, "email": Field.email.form.schema,
                "firstName": Field.firstName.form.schema, "lastName": Field.lastName.form.schema,
                "phone": Field.phone.form.schema,
            ], optional: names.union(["id", "email"])
        ) { body in
            User(
                id: try body.optionalText("id") ?? "", email: try body.optionalText("email"),
                firstName: try body.optionalText("firstName") ?? "", lastName: try body.optionalText("lastName") ?? "",
                phone: try body.optionalText("phone") ?? "")
        }
        return Route(
            "PUT", "/api/v1/identity/profile", operation: "changeProfile",
            summary: "Replace names and phone; id and email may be given, and cannot be changed", access: .user,
            Input.token, input, output: .value("The user", Wire.userSchema), failures: [404, 409]
        ) { token, wanted in
            let userID = try await context.user(token)
            guard wanted.id.isEmpty || wanted.id == userID else {
                throw APIFailure(409, "id_is_fixed", "id: cannot be changed")
            }
            var user = wanted
            user.id = userID
            if user.email == nil {
                user.email = try await context.gateway.profile(userID: userID).checked().fields[.email]
            }
            guard user.fields.flaw(for: Endpoint.changeUser.request) == nil else {
                throw APIFailure(400, "bad_user", AnswerWords.message("bad_user"))
            }
            let answer = try await context.gateway.changeProfile(user).checked()
            return Reply(try Wire.user(answer.fields), subject: userID)
        }
    }
}
