internal import CueText

/// Asks for all live streams of an account in a region, a page at a time.
///
/// https://docs.aws.amazon.com/ivs/latest/LowLatencyAPIReference/API_ListStreams.html
package struct ListStreamsRequest: Hashable, Sendable {
    /// Only streams of that health.
    package var health: IVSStream.Health?
    /// Where the page before ended.
    package var nextToken: String?
    /// 1 to 100; IVS takes 100 where it is left out.
    package var maxResults: Int?

    package init(
        health: IVSStream.Health? = nil, nextToken: String? = nil, maxResults: Int? = nil
    ) {
        self.health = health
        self.nextToken = nextToken
        self.maxResults = maxResults
    }

    /// Reads a request's body, `{}` where nothing is asked for in particular.
    package init(body: some Collection<UInt8>) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.requestBytesMax)
        if let filter = try object.optionalObject("filterBy") {
            health = try filter.optionalString("health").map(IVSStream.Health.init)
        }
        nextToken = try object.optionalString("nextToken")
        if let nextToken, nextToken.utf8.count > IVSLimits.nextTokenLengthMax {
            throw object.constraint(
                "nextToken", "must have at most \(IVSLimits.nextTokenLengthMax) characters")
        }
        guard let count = try object.optionalInteger("maxResults") else { return }
        let range = IVSLimits.listStreamsResults
        guard let whole = Int(exactly: count), range.contains(whole) else {
            throw object.constraint(
                "maxResults", "must be \(range.lowerBound) to \(range.upperBound)")
        }
        maxResults = whole
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            if let health {
                $0.key("filterBy")
                $0.object { $0.optional("health", health.rawValue) }
            }
            $0.optional("nextToken", nextToken)
            if let maxResults {
                $0.field("maxResults", maxResults)
            }
        }
        return writer.bytes
    }
}

/// What ListStreams answers.
package struct ListStreamsResponse: Hashable, Sendable {
    var streams: [IVSStream]
    /// Asks for the next page; nil on the last one.
    var nextToken: String?

    package init(streams: [IVSStream], nextToken: String? = nil) {
        self.streams = streams
        self.nextToken = nextToken
    }

    /// Reads a response's body.
    package init(body: some Collection<UInt8>) throws(WireProblem) {
        let object = try WireObject(body: body, bytesMax: IVSLimits.responseBytesMax)
        streams = []
        for item in try object.objects("streams") { streams.append(try IVSStream(item)) }
        nextToken = try object.optionalString("nextToken")
    }

    /// The body as it is sent.
    package var body: [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.key("streams")
            $0.array { for stream in streams { stream.write(to: &$0) } }
            $0.optional("nextToken", nextToken)
        }
        return writer.bytes
    }
}
