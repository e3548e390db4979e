internal import CueText

/// One JSON object of a body, read member by member, each problem with the member's name.
struct WireObject {
    private let value: JSONValue
    private let path: String

    init(body: some Collection<UInt8>, bytesMax: Int) throws(WireProblem) {
        guard body.count <= bytesMax else {
            throw WireProblem(
                code: .tooLarge, message: "the body has more than \(bytesMax) bytes")
        }
        do throws(JSONProblem) {
            value = try JSONValue.parse(body)
        } catch {
            throw WireProblem(
                code: .notJSON,
                message: "the body is not JSON: \(error.message) at byte \(error.offset)")
        }
        guard case .object = value else {
            throw WireProblem(code: .notJSON, message: "the body is not a JSON object")
        }
        path = ""
    }

    private init(_ value: JSONValue, path: String) throws(WireProblem) {
        guard case .object = value else {
            throw WireProblem(code: .type, member: path, message: "\(path) is not an object")
        }
        self.value = value
        self.path = path
    }

    func constraint(_ key: String, _ rule: String) -> WireProblem {
        WireProblem(
            code: .constraint, member: path + key, message: "\(path)\(key) \(rule)")
    }

    func optionalString(_ key: String) throws(WireProblem) -> String? {
        guard let value = present(key) else { return nil }
        guard let text = value.string else { throw wrongType(key, "a string") }
        return text
    }

    func string(_ key: String) throws(WireProblem) -> String {
        guard let text = try optionalString(key) else { throw missing(key) }
        return text
    }

    func optionalInteger(_ key: String) throws(WireProblem) -> Int64? {
        guard let value = present(key) else { return nil }
        guard let number = value.integer else { throw wrongType(key, "a whole number") }
        return number
    }

    func optionalBool(_ key: String) throws(WireProblem) -> Bool? {
        guard let value = present(key) else { return nil }
        guard let flag = value.bool else { throw wrongType(key, "true or false") }
        return flag
    }

    func optionalObject(_ key: String) throws(WireProblem) -> WireObject? {
        guard let value = present(key) else { return nil }
        return try WireObject(value, path: "\(path)\(key)").nested
    }

    func object(_ key: String) throws(WireProblem) -> WireObject {
        guard let object = try optionalObject(key) else { throw missing(key) }
        return object
    }

    func objects(_ key: String) throws(WireProblem) -> [WireObject] {
        guard let value = present(key) else { throw missing(key) }
        guard let items = value.array else { throw wrongType(key, "a list") }
        var objects: [WireObject] = []
        for (index, item) in items.enumerated() {
            objects.append(try WireObject(item, path: "\(path)\(key)[\(index)]").nested)
        }
        return objects
    }

    func channelARN(_ key: String) throws(WireProblem) -> ChannelARN {
        guard let arn = ChannelARN(try string(key)) else {
            throw constraint(
                key,
                "must match \(ChannelARN.pattern) and have at most "
                    + "\(IVSLimits.channelARNLengthMax) characters")
        }
        return arn
    }

    func optionalTime(_ key: String) throws(WireProblem) -> WallTime? {
        guard let text = try optionalString(key) else { return nil }
        guard let time = WallTime(rfc3339: text) else {
            throw constraint(key, "must be an ISO 8601 instant with Z or an offset")
        }
        return time
    }

    private var nested: WireObject { WireObject(value: value, path: path + ".") }

    private init(value: JSONValue, path: String) {
        self.value = value
        self.path = path
    }

    /// AWS's services read null as nothing at all.
    private func present(_ key: String) -> JSONValue? {
        let member = value[key]
        return member == .null ? nil : member
    }

    private func missing(_ key: String) -> WireProblem {
        WireProblem(
            code: .missing, member: path + key, message: "\(path)\(key) is missing")
    }

    private func wrongType(_ key: String, _ wanted: String) -> WireProblem {
        WireProblem(
            code: .type, member: path + key, message: "\(path)\(key) is not \(wanted)")
    }
}
