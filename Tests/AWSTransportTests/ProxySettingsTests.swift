import AWSTransport
import Testing

@Suite struct ProxySettingsTests {
    private let ivs = "https://ivs.us-west-2.amazonaws.com/PutMetadata"

    private func server(_ url: String, _ variables: [String: String]) throws -> String? {
        try ProxySettings(variables: variables).server(for: url)?.description
    }

    @Test func prefersTheLowerCaseVariableOfEachScheme() throws {
        let both = ["HTTPS_PROXY": "http://upper:1", "https_proxy": "http://lower:2"]
        #expect(try server(ivs, both) == "lower:2")
        #expect(try server(ivs, ["HTTPS_PROXY": "http://upper:1", "https_proxy": ""]) == nil)
        #expect(try server(ivs, ["HTTP_PROXY": "http://plain:1"]) == nil)
        #expect(try server("http://a/", ["HTTP_PROXY": "http://plain:1"]) == "plain:1")
        #expect(try server("http://a/", ["http_proxy": "plain"]) == "plain:80")
        #expect(try server(ivs, [:]) == nil)
    }

    @Test func ignoresTheVariableThatIsAClientsHeaderInACGIProgram() throws {
        let variables = ["HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "GET"]
        #expect(try server("http://a/", variables) == nil)
        #expect(
            try server("http://a/", variables.merging(["http_proxy": "good:2"]) { $1 }) == "good:2")
    }

    @Test func decodesUserAndPasswordAndNeverPrintsThem() throws {
        let settings = try ProxySettings(
            variables: ["HTTPS_PROXY": "http://ada:p%40ss:word@proxy.example.com:3128/"])
        let proxy = try #require(settings.server(for: ivs))
        #expect((proxy.host, proxy.port) == ("proxy.example.com", 3_128))
        #expect((proxy.user, proxy.password) == ("ada", "p@ss:word"))
        for text in ["\(proxy)", "\(settings)", String(reflecting: proxy), "\([proxy])"] {
            #expect(!text.contains("p@ss") && !text.contains("ada"))
        }
    }

    @Test(arguments: [
        ("amazonaws.com", true), (".amazonaws.com", true), ("AMAZONAWS.COM", true),
        (" a.com , ivs.us-west-2.amazonaws.com ", true), ("*", true),
        ("west-2.amazonaws.com", false), ("zonaws.com", false), ("10.0.0.0/8", false),
        ("ivs.us-west-2.amazonaws.com:443", false), ("", false), (",", false),
    ])
    func passesByWhatNoProxyNamesWithAllBelowIt(_ list: String, isException: Bool) throws {
        let proxy = ["HTTPS_PROXY": "http://proxy:1"]
        #expect(
            (try server(ivs, proxy.merging(["NO_PROXY": list]) { $1 }) == nil) == isException)
        #expect(
            (try server(ivs, proxy.merging(["no_proxy": list]) { $1 }) == nil) == isException)
    }

    @Test func comparesAPortInNoProxyWithThatOfTheAddress() throws {
        let variables = ["HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "127.0.0.1:8443"]
        #expect(try server("https://127.0.0.1:8443/x", variables) == nil)
        #expect(try server("https://127.0.0.1:8444/x", variables) == "proxy:1")
    }

    @Test(arguments: ["socks5://a:1", "https://a:1", "http://a:0", "://"])
    func explainsWhatIsNotAProxy(_ text: String) {
        #expect(throws: TransportProblem.self) {
            try ProxySettings(variables: ["HTTPS_PROXY": text])
        }
    }
}
