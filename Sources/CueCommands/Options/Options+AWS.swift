import ArgumentParser
import IVSWire

/// Options about the account, as AWS's CLI names them.
struct AWSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The region to call and to sign for; the channel's.", valueName: "region"),
        completion: .list(IVSLimits.regions))
    var region: String?

    @Option(help: ArgumentHelp("A profile of the AWS configuration.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("Send here instead of to AWS.", valueName: "url"))
    var endpointUrl: String?

    @Option(
        help: ArgumentHelp("Trust these certificates (PEM).", valueName: "file"),
        completion: .file(extensions: ["pem", "crt"]))
    var caBundle: String?

    /// What was given, for the log; none of it is a secret.
    var given: [(name: String, value: String)] {
        [
            ("region", region), ("profile", profile), ("endpoint_url", endpointUrl),
            ("ca_bundle", caBundle),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}
