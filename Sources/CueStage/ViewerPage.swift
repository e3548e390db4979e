import CueText

/// The viewer page: its files, which the program carries inside, and the policies it is served by.
package struct ViewerPage: Sendable {
    /// Where the page finds its stream and sends its answers.
    package enum Source: Sendable {
        /// A stage's own video, in the page's own player.
        case stage(stream: String, answers: String)
        /// A channel of Amazon IVS, in Amazon's player; answers go nowhere without an address.
        case channel(playback: String, answers: String?)
    }

    package struct File: Sendable {
        package var name: String
        var type: String
        package var bytes: [UInt8]
    }

    /// Amazon's player, from its own CDN; the page loads it only for a real channel.
    /// https://docs.aws.amazon.com/ivs/latest/LowLatencyUserGuide/web-getting-started.html
    static let playerOrigin = "https://player.live-video.net"

    var source: Source

    package init(source: Source) {
        self.source = source
    }

    /// The files as they stand in the program, without the configuration.
    static let fixed: [File] = [
        File(name: "index.html", type: html, bytes: PackageResources.index_html),
        File(name: "style.css", type: "text/css; charset=utf-8", bytes: PackageResources.style_css),
        script("main.js", PackageResources.main_js),
        script("cues.js", PackageResources.cues_js),
        script("card.js", PackageResources.card_js),
        script("answers.js", PackageResources.answers_js),
        script("events.js", PackageResources.events_js),
        script("metadata.js", PackageResources.metadata_js),
        script("player.js", PackageResources.player_js),
        script("player-stage.js", PackageResources.player_stage_js),
        script("player-ivs.js", PackageResources.player_ivs_js),
        File(name: "icon.svg", type: "image/svg+xml", bytes: PackageResources.icon_svg),
    ]

    private static let html = "text/html; charset=utf-8"

    private static func script(_ name: String, _ bytes: [UInt8]) -> File {
        File(name: name, type: "text/javascript; charset=utf-8", bytes: bytes)
    }

    /// `config.json`, which the page reads first.
    var configuration: File {
        let text = jsonObject { object in
            switch source {
            case .stage(let stream, let answers):
                object.field("stream", stream)
                object.field("answers", answers)
            case .channel(let playback, let answers):
                object.field("playback", playback)
                if let answers {
                    object.field("answers", answers)
                }
            }
        }
        return File(name: "config.json", type: "application/json", bytes: Array(text.utf8))
    }

    func file(_ name: some StringProtocol) -> File? {
        if name == "config.json" { return configuration }
        return Self.fixed.first { $0.name == name }
    }

    /// Everything that a static host needs. What a header would say of the policy, the page says
    /// itself there.
    package var exported: [File] {
        var files = Self.fixed + [configuration]
        let policy = """
            <meta http-equiv="Content-Security-Policy" content="\(policy(isFramed: true))">
            """
        let mark = "<meta charset=\"utf-8\">"
        let page = String(decoding: PackageResources.index_html, as: UTF8.self)
        let parts = page.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false)
        files[0].bytes = Array(parts.joined(separator: mark + "\n" + policy).utf8)
        return files
    }

    /// The page's Content-Security-Policy: its own scripts and styles, and for a real channel what
    /// Amazon's player needs.
    /// https://docs.aws.amazon.com/ivs/latest/LowLatencyUserGuide/web-content-security-policy.html
    func policy(isFramed: Bool = false) -> String {
        var scripts = "'self'"
        var connections = "'self'"
        var more = ""
        if case .channel(let playback, let answers) = source {
            scripts += " \(Self.playerOrigin) 'wasm-unsafe-eval'"
            connections += " https://*.live-video.net"
            for url in [playback, answers].compactMap({ $0 }) {
                if let origin = Self.origin(url) { connections += " \(origin)" }
            }
            more = "; worker-src blob:"
        }
        let frames = isFramed ? "" : "; frame-ancestors 'none'"
        return "default-src 'none'; script-src \(scripts); style-src 'self'; "
            + "img-src 'self' https:; media-src 'self' blob:; connect-src \(connections); "
            + "base-uri 'none'; form-action 'none'" + frames + more
    }

    /// `https://host:port` of an address, where it has nothing that could end a policy's list.
    static func origin(_ url: String) -> String? {
        for scheme in ["https://", "http://"] where url.hasPrefix(scheme) {
            let host = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
            let isPlain = host.utf8.allSatisfy {
                $0.isLetterOrDigit || "-.:[]".utf8.contains($0)
            }
            return host.isEmpty || !isPlain ? nil : scheme + host
        }
        return nil
    }

    /// Whether an address can be the playlist of a channel: https, or http on this machine.
    package static func isPlayback(_ url: String) -> Bool {
        guard let origin = origin(url), url.utf8.count <= 2_048,
            url.unicodeScalars.allSatisfy({ $0.isASCII && $0.isPrintable && $0 != " " })
        else { return false }
        let local = ["http://127.0.0.1", "http://localhost"]
        return origin.hasPrefix("https://")
            || local.contains { origin == $0 || origin.hasPrefix($0 + ":") }
    }
}
