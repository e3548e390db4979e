/// A cue as it travels inside the video: an ID3 tag in an event message box.
///
/// IVS inserts ID3 too. Its frame type is not documented; a user text frame carries what its
/// player hands to a page. https://aomediacodec.github.io/id3-emsg/
enum TimedMetadata {
    /// The scheme of ID3 in an `emsg` box.
    static let scheme = "https://aomedia.org/emsg/ID3"
    /// Ticks a second of the box's times.
    static let timescale: UInt32 = 1_000

    /// An ID3v2.4 tag with one TXXX frame, in UTF-8. https://id3.org/id3v2.4.0-structure
    static func tag(text: String, description: String = "") -> [UInt8] {
        let content = [3] + Array(description.utf8) + [0] + Array(text.utf8) + [0]
        var frame = Array("TXXX".utf8)
        frame += syncsafe(content.count)
        frame += [0, 0]
        frame += content
        return Array("ID3".utf8) + [4, 0, 0] + syncsafe(frame.count) + frame
    }

    /// An `emsg` box of version 1, whose time is on the stream's own timeline.
    static func box(text: String, at time: Int64, id: UInt32) -> [UInt8] {
        var content: [UInt8] = [1, 0, 0, 0]
        content.append(bigEndian: timescale)
        content.append(bigEndian: UInt64(time / (1_000_000_000 / Int64(timescale))))
        // The duration is unknown.
        content.append(bigEndian: UInt32.max)
        content.append(bigEndian: id)
        content += Array(scheme.utf8) + [0] + Array("0".utf8) + [0]
        content += tag(text: text)
        var box: [UInt8] = []
        box.append(bigEndian: UInt32(content.count + 8))
        box += Array("emsg".utf8)
        return box + content
    }

    /// 28 bits in four bytes whose highest bit is 0.
    private static func syncsafe(_ size: Int) -> [UInt8] {
        [21, 14, 7, 0].map { UInt8(size >> $0 & 0x7F) }
    }
}
