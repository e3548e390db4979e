package import CueText
package import IVSWire

/// Where the service is called.
package struct Place: Hashable, Sendable {
    var url: String
    var region: String
    /// What gave the address; nil if it is AWS's own for the region.
    var source: String?

    package init(url: String, region: String, source: String?) {
        self.url = url
        self.region = region
        self.source = source
    }
}

/// A channel of the sheet, or of `--channel`.
package struct ExaminedChannel: Hashable, Sendable {
    package var name: String
    package var arn: ChannelARN

    package init(name: String, arn: ChannelARN) {
        self.name = name
        self.arn = arn
    }
}

/// A way to reach AWS that the user asked for.
package enum AddressMode: String, Sendable {
    case fips = "FIPS"
    case dualStack = "DUALSTACK"
}

/// Credentials, without their secrets.
package struct CredentialFacts: Hashable, Sendable {
    /// In words that fit behind "credentials from".
    var source: String
    var method: String
    var profile: String
    /// The last four characters of the access key's name.
    var keyEnds: String
    var expires: WallTime?
    var isRenewable: Bool

    package init(
        source: String, method: String, profile: String, keyEnds: String, expires: WallTime?,
        isRenewable: Bool
    ) {
        self.source = source
        self.method = method
        self.profile = profile
        self.keyEnds = keyEnds
        self.expires = expires
        self.isRenewable = isRenewable
    }
}

/// Whether the credentials may send to a channel.
package enum Permission: Hashable, Sendable {
    case allowed
    case denied(principal: String)
    case unknown(String)
    /// No one could be asked, because the identity isn't known.
    case unasked
}
