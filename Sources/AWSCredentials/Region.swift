import CueText

/// A region and what chose it.
package struct RegionChoice: Hashable, Sendable {
    package var name: String
    /// `--region`, `AWS_REGION`, …
    package var source: String
}

/// One of AWS's separate worlds, each with its own host names.
/// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
struct Partition: Hashable, Sendable {
    let name: String
    let suffix: String
    let dualStackSuffix: String
    /// Where the services that have one endpoint for all regions are signed for.
    let globalRegion: String

    private static let commercial = Partition(
        name: "aws", suffix: "amazonaws.com", dualStackSuffix: "api.aws",
        globalRegion: "us-east-1")

    /// By the beginning of a region's name; the longer beginnings come first.
    private static let others: [(prefix: String, partition: Partition)] = [
        (
            "cn-",
            Partition(
                name: "aws-cn", suffix: "amazonaws.com.cn",
                dualStackSuffix: "api.amazonwebservices.com.cn", globalRegion: "cn-north-1")
        ),
        (
            "us-gov-",
            Partition(
                name: "aws-us-gov", suffix: "amazonaws.com", dualStackSuffix: "api.aws",
                globalRegion: "us-gov-west-1")
        ),
        (
            "eusc-",
            Partition(
                name: "aws-eusc", suffix: "amazonaws.eu",
                dualStackSuffix: "api.amazonwebservices.eu", globalRegion: "eusc-de-east-1")
        ),
        (
            "us-isob-",
            Partition(
                name: "aws-iso-b", suffix: "sc2s.sgov.gov", dualStackSuffix: "api.aws.scloud",
                globalRegion: "us-isob-east-1")
        ),
        (
            "us-isof-",
            Partition(
                name: "aws-iso-f", suffix: "csp.hci.ic.gov", dualStackSuffix: "api.aws.hci.ic.gov",
                globalRegion: "us-isof-south-1")
        ),
        (
            "us-iso-",
            Partition(
                name: "aws-iso", suffix: "c2s.ic.gov", dualStackSuffix: "api.aws.ic.gov",
                globalRegion: "us-iso-east-1")
        ),
        (
            "eu-isoe-",
            Partition(
                name: "aws-iso-e", suffix: "cloud.adc-e.uk",
                dualStackSuffix: "api.cloud-aws.adc-e.uk", globalRegion: "eu-isoe-west-1")
        ),
    ]

    /// The partition of a region; what is not known belongs to the commercial one.
    package static func of(region: String) -> Partition {
        others.first { region.hasPrefix($0.prefix) }?.partition ?? commercial
    }
}

extension AWSConfiguration {
    /// The region that is configured: `--region`, a channel's own, AWS_REGION, AWS_DEFAULT_REGION,
    /// the profile's. Nil where none is.
    ///
    /// A channel lives in one region, so its ARN beats what is configured for everything else.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
    package func region(
        option: String? = nil, channel: String? = nil
    ) throws(AWSProblem) -> RegionChoice? {
        let candidates: [(String?, String)] = [
            (option, "--region"), (channel, "the channel's ARN"),
            (environment.value("AWS_REGION"), "AWS_REGION"),
            (environment.value("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION"),
            (profile["region"], "profile \(profileName)"),
        ]
        for case (let name?, let source) in candidates {
            guard Self.isHostLabel(name) else {
                throw AWSProblem(
                    .configuration, "\"\(name)\" from \(source) is no region",
                    hint: "a region looks like us-west-2")
            }
            return RegionChoice(name: name, source: source)
        }
        return nil
    }

    /// A region becomes part of a host name, so it may hold nothing that ends one.
    private static func isHostLabel(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.last != UInt8(ascii: "-")
            && text.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
    }
}
