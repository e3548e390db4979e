import AWSCredentials
import AWSTransport
import CuePublisher
import CueScheduler
import CueShow
import CueText
import CueTimeline
import IVSWire

/// Makes the way to IVS for run and rehearse alike.
enum PublisherFactory {
    static func make(
        timeline: Timeline, credentials: CredentialSource,
        endpoint: (ChannelARN) throws(AWSProblem) -> ServiceEndpoint, maxAttempts: Int? = nil,
        settings: TransportSettings, userAgent: String, loop: ShowLoop, clock: LoopClock
    ) async throws(CommandFailure) -> (sender: IVSPublisher, close: () async -> Void) {
        let transport: HTTPTransport
        do throws(TransportProblem) {
            transport = try HTTPTransport(loop: loop.eventLoop, settings: settings) {
                clock.now.nanoseconds
            }
        } catch {
            throw CommandFailure(AWSProblem(error))
        }
        do throws(AWSProblem) {
            let publisher = try IVSPublisher(
                timeline: timeline, credentials: credentials, endpoint: endpoint,
                maxAttempts: maxAttempts, transport: transport, clock: clock,
                userAgent: userAgent)
            return (publisher, { await transport.shutdown() })
        } catch {
            await transport.shutdown()
            throw CommandFailure(error)
        }
    }
}
